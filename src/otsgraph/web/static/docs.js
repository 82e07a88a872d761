"use strict";

// Swagger UI without what the page says already, and without a second main part.
function Operations({ getComponent, specSelectors }) {
  const { createElement } = window.ui.React;
  const part = (name) => createElement(getComponent(name, true), { key: name });
  const loaded = specSelectors.loadingStatus() === "success";
  const parts = loaded ? ["FilterContainer", "operations"] : ["errors"];
  return createElement("div", { className: "swagger-ui" }, createElement("div", { className: "wrapper" }, parts.map(part)));
}

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  layout: "Operations",
  plugins: [{ components: { Operations } }],
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
