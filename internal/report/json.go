package report

import (
	"encoding/json"
	"io"

	"plumbline/internal/clock"
	"plumbline/internal/monitor"
)

// Document is what `plumbline check --format json` prints. Names and meanings
// are fixed; what is added comes after what was there. Times are RFC 3339 with
// the pack's offset, null where a log has no event.
type Document struct {
	Log struct {
		Events  int            `json:"events"`
		Objects map[string]int `json:"objects"` // by object type
		First   *string        `json:"first"`
		Last    *string        `json:"last"`

		Repeated int    `json:"repeated"`  // events that came again
		Waiting  int    `json:"waiting"`   // corrections whose event isn't there
		Mistyped int    `json:"mistyped"`  // values that weren't of their declared type
		SetAside int    `json:"set_aside"` // rows that couldn't be read
		Files    []File `json:"files"`
		Erased   int64  `json:"erased,omitempty"` // of a record: events that were taken out of it for good, and that no verdict rests on any more
	} `json:"log"`
	AsOf      string         `json:"as_of"`
	Rules     []DocumentRule `json:"rules"` // in the order of the packs
	ElapsedMS Elapsed        `json:"elapsed_ms"`

	JudgedAt string `json:"absence_judged_at"` // W of the rule language
	Zone     string `json:"zone"`
	Complete bool   `json:"complete"`
	Version  string `json:"version"`
}

// DocumentRule is one rule of a [Document]. Lateness is of what was met late:
// days or seconds, by the rule's clock; null where nothing was.
type DocumentRule struct {
	Pack     string `json:"pack"`
	ID       string `json:"id"`
	Severity string `json:"severity"`
	monitor.Totals

	Status        string         `json:"status"` // violation; warning where the basis is unverified
	Share         *float64       `json:"share_kept"`
	LateUnit      string         `json:"late_unit"` // days or seconds
	MedianLate    *float64       `json:"median_late"`
	P90Late       *float64       `json:"p90_late"`
	ErrorsByCause map[string]int `json:"errors,omitempty"` // evaluation errors other than absence
}

// Document is the result as JSON has it.
func (d *Doc) Document() *Document {
	z, f := d.zone(), d.logFigures()
	doc := &Document{AsOf: z.Format(d.Result.AsOf), JudgedAt: z.Format(d.Result.W), Zone: z.Name(),
		ElapsedMS: d.Elapsed, Complete: d.Complete, Version: d.Version, Rules: []DocumentRule{}}
	doc.Log.Events, doc.Log.Objects = f.Events, map[string]int{}
	for _, o := range f.Objects {
		doc.Log.Objects[o.Type] = o.N
	}
	if f.Any {
		first, last := z.Format(f.First), z.Format(f.Last)
		doc.Log.First, doc.Log.Last = &first, &last
	}
	doc.Log.Repeated, doc.Log.Waiting, doc.Log.Mistyped, doc.Log.SetAside = f.Repeated, f.Waiting, f.Mistyped, d.SetAside
	doc.Log.Files = append([]File{}, d.Files...)
	for _, f := range d.allFigures() {
		doc.Rules = append(doc.Rules, documentRule(f))
	}
	return doc
}

func documentRule(f ruleFigures) DocumentRule {
	r := f.rr.Rule
	out := DocumentRule{Pack: r.Pack.Name, ID: r.ID, Severity: r.Severity.String(), Totals: f.rr.Totals,
		Status: status(f.Warns), LateUnit: "days"}
	for cause, n := range f.rr.Causes {
		if out.ErrorsByCause == nil {
			out.ErrorsByCause = map[string]int{}
		}
		out.ErrorsByCause[cause.En] += n
	}
	if f.Late.Elapsed {
		out.LateUnit = "seconds"
	}
	if f.Shared {
		out.Share = &f.Kept
	}
	out.MedianLate, out.P90Late = number(f.Late.quantile(.5)), number(f.Late.quantile(.9))
	return out
}

// number is a lateness in the unit of its rule, nil where there is none.
func number(l clock.Lateness, ok bool) *float64 {
	if !ok {
		return nil
	}
	v := float64(l.Days)
	if l.Micros != 0 {
		v = float64(l.Micros) / 1e6
	}
	return &v
}

// status says what a rule's violations are.
func status(warns bool) string {
	if warns {
		return "warning"
	}
	return "violation"
}

// JSON writes the [Document], indented, with a line feed at its end.
func JSON(w io.Writer, d *Doc) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(d.Document())
}
