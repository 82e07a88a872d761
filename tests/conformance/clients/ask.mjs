// Asks a SPARQL endpoint one query with Comunica and prints what comes back as JSON.
//
//     node ask.mjs ENDPOINT QUERY [NAME=IRI …]
//
// Solutions are printed as objects of strings, a truth value as it is, triples as arrays of three strings; a mistake as
// {"error": …}. NAME=IRI binds a variable of the query.

import { QueryEngine } from "@comunica/query-sparql";
import { DataFactory } from "rdf-data-factory";
import { BindingsFactory } from "@comunica/utils-bindings-factory";

const [endpoint, query, ...bound] = process.argv.slice(2);
const terms = new DataFactory();
const initialBindings = new BindingsFactory(terms).bindings(
  bound.map((pair) => {
    const at = pair.indexOf("=");
    return [terms.variable(pair.slice(0, at)), terms.namedNode(pair.slice(at + 1))];
  }),
);

const readers = {
  boolean: (result) => result.execute(),
  bindings: async (result) =>
    (await (await result.execute()).toArray()).map((solution) =>
      Object.fromEntries([...solution].map(([variable, term]) => [variable.value, term.value])),
    ),
  quads: async (result) =>
    (await (await result.execute()).toArray()).map((quad) => [quad.subject, quad.predicate, quad.object].map((t) => t.value)),
};

try {
  const sources = [{ type: "sparql", value: endpoint }];
  const result = await new QueryEngine().query(query, { sources, initialBindings });
  console.log(JSON.stringify(await readers[result.resultType](result)));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
