// Whether an ontology is in the OWL 2 DL profile, consistent, and without classes that nothing can belong to.
//
//     java -cp HermiT.jar OwlCheck.java FILE
//
// prints one line for each finding: `profile: …` for a violation of the profile, `consistent: true` or `false`, and
// `unsatisfiable: …` for such a class. HermiT reasons over what is no OWL 2 DL without a word, hence the first.

import java.io.File;
import org.semanticweb.HermiT.Reasoner;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.model.OWLClass;
import org.semanticweb.owlapi.profiles.OWL2DLProfile;
import org.semanticweb.owlapi.profiles.OWLProfileViolation;

class OwlCheck {
    public static void main(String[] arguments) throws Exception {
        var file = new File(arguments[0]);
        var ontology = OWLManager.createOWLOntologyManager().loadOntologyFromOntologyDocument(file);
        for (OWLProfileViolation violation : new OWL2DLProfile().checkOntology(ontology).getViolations()) {
            System.out.println("profile: " + violation);
        }
        var reasoner = new Reasoner(ontology);
        System.out.println("consistent: " + reasoner.isConsistent());
        if (reasoner.isConsistent()) {
            for (OWLClass nothing : reasoner.getUnsatisfiableClasses().getEntitiesMinusBottom()) {
                System.out.println("unsatisfiable: " + nothing.getIRI());
            }
        }
    }
}
