package service

import (
	"strings"
	"testing"

	"plumbline/internal/pack"
)

const fieldsVocabulary = `events: {Detained: {en: Detained, zh: 拘留}}
attributes:
  paper: {en: Number of the paper, zh: 文书号, type: string, searchable: true}
  note: {en: Note, zh: 备注, type: string}
`

// Cases are found by the fields that a vocabulary marks, in whatever case, by those who
// may read them; by no other field, by nothing that is voided, and by none that any pack
// in force marks as the public's.
func TestCasesAreFoundByMarkedFields(t *testing.T) {
	w := newWorld(t)
	mine := func(name, vocabulary string) *pack.Pack {
		p, err := pack.FromFiles(map[string]string{"pack.yaml": strings.Replace(testPack, "pack: t\n", "pack: "+name+"\n", 1), "vocabulary.yaml": vocabulary}, "pack.yaml")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	w.packs = []*pack.Pack{mine("t", fieldsVocabulary)}
	w.store.packs = nil
	w.restart()
	w.send("desk", "Detained A1 9 paper=沪公(2026)77号 note=secret", "Seen B7 8 paper=X-77", "Seen C3 7 id=gone paper=x-777", "Seen D4 6 paper=other")
	w.send("desk", "Seen C3 5 voids=gone")
	found := func(text string) []string {
		page, err := w.Cases(t.Context(), CaseQuery{Number: text, Fields: true, May: func(c *Case) bool { return c.ID != "D4" }})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, c := range page.Cases {
			if c.Found == nil {
				out = append(out, c.ID)
			} else {
				out = append(out, c.ID+" "+c.Found.Attribute+"="+c.Found.Value)
			}
		}
		return out
	}
	w.want("two characters, the newest first", found("77"), "B7 paper=X-77", "A1 paper=沪公(2026)77号")
	w.want("Chinese", found("沪公"), "A1 paper=沪公(2026)77号")
	w.want("in whatever case", found("x-7"), "B7 paper=X-77")
	w.want("by its number, once", found("b7"), "B7")
	w.want("no field that isn't marked", found("secret"))
	w.want("none that who asks may not read", found("other"))
	w.want("a list by number reads no field", w.cases(CaseQuery{Number: "77"}))
	w.send("desk", "Seen A1 1 paper=later-1")
	w.want("what came since", found("later"), "A1 paper=later-1")
	w.restart()
	w.want("after a restart", found("later"), "A1 paper=later-1")

	w.packs = append(w.packs, mine("u", strings.Replace(fieldsVocabulary, "searchable", "public", 1)))
	w.store.packs = nil
	w.restart()
	w.want("what another pack marks as the public's", found("later"))
}
