package report

import (
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/i18n"
)

// term is one line of the method: what is explained, and how.
type term struct{ Term, Text string }

// method says what was read, as of when it was judged, and what the words of a
// report mean.
func (d *Doc) method(w i18n.Words) []term {
	z, res := d.zone(), d.Result
	var out []term
	add := func(key, text string) { out = append(out, term{w.T("method." + key), text}) }
	add("as_of", w.T("method.as_of_text", w.Time(z, res.AsOf)))
	absence := w.T("method.absence_same")
	if res.W != res.AsOf {
		absence = w.T("method.absence_text", w.Time(z, res.W))
	}
	add("absence", absence)
	add("zone", w.T("method.zone_text", strings.Join(d.zones(), w.T("list.comma"))))
	add("end", w.T(either(d.Complete, "method.complete_text", "method.incomplete_text")))
	for _, key := range []string{"met", "met_late", "breached", "running", "moot", "not_evaluable"} {
		out = append(out, term{w.T("verdict." + key), w.T("method." + key)})
	}
	add("kept", w.T("method.kept_text"))
	add("typical", w.T("method.typical_text"))
	add("warning", w.T("method.warning_text"))
	add("entered_late", w.T("method.entered_late_text"))
	for _, f := range d.Files {
		out = append(out, term{w.T("method.file"), w.T("method.file_text", f.Name, w.Bytes(f.Size), f.SHA256)})
	}
	add("packs", strings.Join(d.packs(w.Lang), w.T("list.semicolon")))
	add("program", w.T("method.program_text", d.Version, w.Millis(d.Elapsed.Read), w.Millis(d.Elapsed.Evaluate), w.Millis(d.Elapsed.Total)))
	return out
}

// zones are the names of the packs' zones, each once.
func (d *Doc) zones() []string {
	var names []string
	seen := map[string]bool{}
	for _, rr := range d.Result.Rules {
		if n := zoneOf(rr.Rule, d.Result).Name(); !seen[n] {
			seen[n] = true
			names = append(names, n)
		}
	}
	return names
}

// packs are the titles, names and versions of the packs, each once.
func (d *Doc) packs(lang errs.Lang) []string {
	var out []string
	seen := map[string]bool{}
	for _, rr := range d.Result.Rules {
		p := rr.Rule.Pack
		if !seen[p.Name] {
			seen[p.Name] = true
			out = append(out, strings.TrimSpace(p.Title.In(lang)+" · "+p.Name+" "+p.Version))
		}
	}
	return out
}
