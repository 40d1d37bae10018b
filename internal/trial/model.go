package trial

import "plumbline/internal/errs"

// Diff is all that differs between two versions of a pack over one log. Its
// JSON is what `plumbline rules diff --format json` prints; names and meanings
// stay.
type Diff struct {
	Old      []Version `json:"old"`
	New      []Version `json:"new"`
	Files    []string  `json:"files"`
	AsOf     string    `json:"as_of"`
	Complete bool      `json:"complete"`
	Same     bool      `json:"same"` // no rule's text changed, and no verdict

	Changes []Change `json:"changes"` // of what a pack says for all its rules
	Totals  Tally    `json:"totals"`  // its concentrations count acts: events that some rule finds violated, and then none
	Rules   []Rule   `json:"rules"`   // with a change of text or verdict, in the order of the new version, removed ones last
}

// Version is one pack of a version.
type Version struct {
	Pack    string `json:"pack"`
	Version string `json:"version"`
	File    string `json:"file"`
	Rules   int    `json:"rules"`
}

// Change is a field that isn't the same in both versions; Old or New is empty
// where the field isn't there.
type Change struct {
	Field string `json:"field"` // as when.where; of a pack as log.zone
	Old   string `json:"old"`
	New   string `json:"new"`
}

// Counts are what changed, for a rule, a unit or an official.
type Counts struct {
	ActivationsOld      int `json:"activations_old"`
	ActivationsNew      int `json:"activations_new"`
	ActivationsAppeared int `json:"activations_appeared"`
	ActivationsVanished int `json:"activations_vanished"`
	VerdictsChanged     int `json:"verdicts_changed"` // of activations that both versions have
	ViolationsOld       int `json:"violations_old"`
	ViolationsNew       int `json:"violations_new"`
	ViolationsAppeared  int `json:"violations_appeared"`
	ViolationsVanished  int `json:"violations_vanished"`
}

// changed says whether anything did.
func (c Counts) changed() bool {
	return c.ActivationsAppeared+c.ActivationsVanished+c.VerdictsChanged > 0
}

func (c *Counts) add(o Counts) {
	c.ActivationsOld += o.ActivationsOld
	c.ActivationsNew += o.ActivationsNew
	c.ActivationsAppeared += o.ActivationsAppeared
	c.ActivationsVanished += o.ActivationsVanished
	c.VerdictsChanged += o.VerdictsChanged
	c.ViolationsOld += o.ViolationsOld
	c.ViolationsNew += o.ViolationsNew
	c.ViolationsAppeared += o.ViolationsAppeared
	c.ViolationsVanished += o.ViolationsVanished
}

// Tally is the counts of something with those of the units and officials
// concerned, the most concentrated change first.
type Tally struct {
	Counts
	Verdicts       []Move          `json:"verdicts"`
	Units          []Group         `json:"units"`
	Officers       []Group         `json:"officers"`
	Concentrations []Concentration `json:"concentrations"`
}

// Move is how many activations went from one verdict to another; "none" where
// the version has no such activation.
type Move struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Count int    `json:"count"`
}

// Group is the part of one unit or official; Name is null for the events that
// name none, and for acts of members of the public.
type Group struct {
	Name *string `json:"name"`
	Counts
}

// Rule is a rule in both versions, or in one.
type Rule struct {
	Pack   string   `json:"pack"`
	ID     string   `json:"id"`
	OldID  string   `json:"old_id"` // of a renamed rule
	Status Status   `json:"status"`
	Text   []Change `json:"changes"`
	Tally
	Examples []Example `json:"examples"`
}

// Status is what became of a rule.
type Status string

// What becomes of rules.
const (
	Same    Status = "same" // the text; verdicts may differ, by what the pack says for all
	Changed Status = "changed"
	Renamed Status = "renamed"
	New     Status = "new"
	Removed Status = "removed"
)

// Of is what a group is a group of.
type Of string

// Officials and units.
const (
	Officer Of = "officer"
	Unit    Of = "unit"
)

// Concentration says that violations which vanish or appear lie with one
// official or unit more than its part of the activations explains.
type Concentration struct {
	Of               Of      `json:"of"`
	Name             string  `json:"name"`
	Vanished         bool    `json:"vanished"` // else they appeared
	Count            int     `json:"count"`    // of the violations that vanish, or appear: this one's
	Total            int     `json:"total"`    // … and all
	Activations      int     `json:"activations"`
	ActivationsTotal int     `json:"activations_total"`
	Violations       int     `json:"violations"` // of the version that has them
	ViolationsTotal  int     `json:"violations_total"`
	Chance           float64 `json:"chance"` // that so many fall on any one of the group by chance; at most 1
}

// Example is one activation whose verdict isn't the same in both versions.
type Example struct {
	Key      []KeyPart `json:"key"`
	Event    string    `json:"event"` // its id, empty where the log gives none
	Type     string    `json:"type"`
	Time     string    `json:"time"`
	Officer  *string   `json:"officer"`
	Unit     *string   `json:"unit"`
	From     string    `json:"from"`
	To       string    `json:"to"`
	Vanished bool      `json:"violation_vanished"`
	Appeared bool      `json:"violation_appeared"`
	Old      *Said     `json:"old"` // why the old version judged so; null where it says nothing
	New      *Said     `json:"new"`
}

// KeyPart is one part of what an activation correlates by.
type KeyPart struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Said is a sentence in both languages.
type Said struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// Text is the sentence as the rest of the program has it.
func (s Said) Text() errs.Text { return errs.Text{En: s.En, Zh: s.Zh} }
