package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"plumbline/internal/errs"
	"plumbline/internal/i18n"
)

// node is an element of a page, or a text where Name is "".
type node struct {
	Name     string
	Attrs    map[string]string
	Text     string
	Children []*node
}

func (n *node) walk(f func(*node)) {
	f(n)
	for _, c := range n.Children {
		c.walk(f)
	}
}

// text is all that can be read below a node.
func (n *node) text() string {
	var b strings.Builder
	n.walk(func(c *node) { b.WriteString(c.Text) })
	return b.String()
}

// find are the elements of a name whose attribute has a value ("" for any).
func (n *node) find(name, attr, value string) []*node {
	var out []*node
	n.walk(func(c *node) {
		if v, ok := c.Attrs[attr]; c.Name == name && (attr == "" || ok && (value == "" || v == value)) {
			out = append(out, c)
		}
	})
	return out
}

// htmlPage renders a page and reads it as XML, strictly.
func htmlPage(t *testing.T, d *Doc, lang errs.Lang) ([]byte, *node) {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, d, lang); err != nil {
		t.Fatal(err)
	}
	root := &node{}
	stack := []*node{root}
	dec := xml.NewDecoder(bytes.NewReader(b.Bytes()))
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("the page isn't well-formed: %v", err)
		}
		top := stack[len(stack)-1]
		switch tok := tok.(type) {
		case xml.StartElement:
			n := &node{Name: tok.Name.Local, Attrs: map[string]string{}}
			for _, a := range tok.Attr {
				n.Attrs[a.Name.Local] = a.Value
			}
			top.Children = append(top.Children, n)
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.Children = append(top.Children, &node{Text: string(tok)})
		}
	}
	return b.Bytes(), root
}

// The page needs nothing from anywhere and allows nothing but its own style.
func TestHTMLIsSealed(t *testing.T) {
	d := fixture(t)
	for _, lang := range []errs.Lang{errs.En, errs.Zh} {
		src, root := htmlPage(t, d, lang)
		ids := map[string]bool{}
		root.walk(func(n *node) {
			if id := n.Attrs["id"]; id != "" {
				if ids[id] {
					t.Errorf("%s: id %q stands twice", lang, id)
				}
				ids[id] = true
			}
		})
		root.walk(func(n *node) {
			switch n.Name {
			case "script", "link", "iframe", "object", "embed", "img", "form", "base":
				t.Errorf("%s: the page has an element <%s>", lang, n.Name)
			}
			for name, v := range n.Attrs {
				switch {
				case name == "style" || name == "src" || strings.HasPrefix(name, "on"):
					t.Errorf("%s: <%s> has %s=%q", lang, n.Name, name, v)
				case name == "href" && (!strings.HasPrefix(v, "#") || !ids[v[1:]]):
					t.Errorf("%s: <%s> links to %q, which isn't on the page", lang, n.Name, v)
				}
			}
		})
		if urls := regexp.MustCompile(`https?:|//[a-z]|@import|url\([^#]`).FindAll(src, -1); urls != nil {
			t.Errorf("%s: the page names addresses: %q", lang, urls)
		}
		style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindSubmatch(src)[1]
		hash := sha256.Sum256(style)
		policy := root.find("meta", "http-equiv", "Content-Security-Policy")
		want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
		if len(policy) != 1 || !strings.HasPrefix(policy[0].Attrs["content"], want) {
			t.Errorf("%s: the policy is not %s", lang, want)
		}
	}
}

// What a rule says, the words that it rests on and why it is grave stand in
// its section; what a pack leaves out leaves no trace.
func TestHTMLTellsTheLaw(t *testing.T) {
	d := fixture(t)
	for lang, want := range map[errs.Lang][]string{
		errs.En: {`<p class="says">Whoever is fined gets the fine sent within ninety days, or has paid.</p>`, "<p>“deve essere notificato entro novanta giorni”</p>",
			"<cite>Highway Code, art. 201(1)</cite>", ">Major: Nobody can defend what he does not know of.</p>"},
		errs.Zh: {"罚单应当在九十日内寄给当事人，已缴款的除外。</p>", "“deve essere notificato entro novanta giorni”", "<cite>道路法典第二百零一条第一款</cite>", "：不知情者无从申辩。</p>"},
	} {
		var page strings.Builder
		if err := HTML(&page, d, lang); err != nil {
			t.Fatal(err)
		}
		for _, s := range want {
			if !strings.Contains(page.String(), s) {
				t.Errorf("%v: the page lacks %s", lang, s)
			}
		}
		if n := strings.Count(page.String(), `class="says"`); n != 1 {
			t.Errorf("%v: %d rules are told in one sentence; the pack tells one", lang, n)
		}
	}
}

// names are what no language translates.
func names(d *Doc) []string {
	out := []string{"Europe/Rome", "SHA-256", "Plumbline", "weekends", "testdata/pack.yaml"}
	for _, f := range d.Files {
		out = append(out, f.Name, f.SHA256)
	}
	for code := range uint32(d.Result.Log.Types.Len()) {
		out = append(out, d.Result.Log.Types.Name(code+1))
	}
	for _, rr := range d.Result.Rules {
		r := rr.Rule
		out = append(out, r.ID, r.Basis.Text.En, r.Basis.Words, r.Pack.Name, "Inform Judge", "Arrest")
		if r.Hold != nil {
			out = append(out, "amount") // no vocabulary calls it anything
		}
	}
	return out
}

// A page has one language: no Chinese in the English one, no English words in
// the Chinese one but names.
func TestHTMLHasOneLanguage(t *testing.T) {
	d := fixture(t)
	word := regexp.MustCompile(`[A-Za-z]{2,}`)
	for _, lang := range []errs.Lang{errs.En, errs.Zh} {
		_, root := htmlPage(t, d, lang)
		check := func(s string) {
			if lang == errs.En {
				for _, r := range s {
					if unicode.Is(unicode.Han, r) {
						t.Errorf("Chinese in the English page: %q", s)
						return
					}
				}
				return
			}
			rest := s
			for _, n := range names(d) {
				rest = strings.ReplaceAll(rest, n, "")
			}
			if w := word.FindString(strings.NewReplacer("kB", "", "north", "", "south", "").Replace(rest)); w != "" && !hex(rest) {
				t.Errorf("English in the Chinese page: %q of %q", w, s)
			}
		}
		root.walk(func(n *node) {
			if n.Name == "style" {
				n.Children = nil
			}
			check(n.Text)
			for _, a := range []string{"aria-label", "title", "data-l"} {
				check(n.Attrs[a])
			}
		})
	}
}

// hex says whether a text is a number of a breach.
func hex(s string) bool { return regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(s) }

// Every number of the table and of the sections is the result's.
func TestHTMLShowsTheResult(t *testing.T) {
	d := fixture(t)
	w := i18n.Words{Lang: errs.En}
	_, root := htmlPage(t, d, errs.En)
	rows := root.find("table", "class", "grid cards")[0].find("tbody", "", "")[0].find("tr", "", "")
	if len(rows) != len(d.Result.Rules) {
		t.Fatalf("the table has %d rows, want one for each of %d rules", len(rows), len(d.Result.Rules))
	}
	shown := map[string][]string{}
	for _, r := range rows {
		var cells []string
		for _, td := range r.find("td", "data-l", "") {
			cells = append(cells, td.text())
		}
		shown[r.find("a", "", "")[0].text()] = cells
	}
	for _, rr := range d.Result.Rules {
		m := rr.Totals
		share := "–"
		if n := m.Met + m.MetLate + m.Breached; n > 0 {
			share = w.Percent(float64(m.Met) / float64(n))
		}
		want := []string{w.Int(m.Violations), share, w.Int(m.Activations), w.Int(m.MetLate), w.Int(m.Breached), w.Int(m.Running), w.Int(m.Moot), w.Int(m.NotEvaluable)}
		got := shown[rr.Rule.Title.En]
		if len(got) != 10 || strings.Join(got[:8], " ") != strings.Join(want, " ") {
			t.Errorf("%s shows %v, want %v and two lateness figures", rr.Rule.ID, got, want)
		}
	}
	for _, fig := range []struct{ key, want string }{{"violations", "253"}, {"warnings", "23"}, {"not_evaluable", "8"}} {
		if got := root.find("li", "data-figure", fig.key)[0].find("b", "", "")[0].text(); got != fig.want {
			t.Errorf("the page's figure %s is %s, want %s", fig.key, got, fig.want)
		}
	}
}

// Each broken rule has an example with its slip, and none names an official
// for a rule that may only warn.
func TestHTMLExplains(t *testing.T) {
	d := fixture(t)
	for _, lang := range []errs.Lang{errs.En, errs.Zh} {
		_, root := htmlPage(t, d, lang)
		for _, s := range root.find("section", "class", "panel rule") {
			broken := s.find("li", "data-figure", "violations")
			examples := s.find("article", "class", "ex")
			if len(broken) == 0 {
				continue
			}
			if n := broken[0].find("b", "", "")[0].text(); (n != "0") != (len(examples) > 0) {
				t.Errorf("%s: a rule with %s violations has %d examples", lang, n, len(examples))
			}
			for _, e := range examples {
				if len(e.find("table", "class", "slip")) != 1 || len(e.find("svg", "role", "img")) == 0 {
					t.Errorf("%s: an example without slip or timeline: %s", lang, e.text())
				}
			}
		}
		if text := root.find("section", "id", "concerned")[0].text(); strings.Contains(text, "30 days") || strings.Contains(text, "申诉") {
			t.Errorf("%s: somebody is named by a rule that may only warn: %s", lang, text)
		}
	}
}

// A log without an event, and rules that nothing activates, make a page too.
func TestHTMLOfNothing(t *testing.T) {
	d := empty(t)
	for _, lang := range []errs.Lang{errs.En, errs.Zh} {
		_, root := htmlPage(t, d, lang)
		if n := len(root.find("article", "", "")); n != 0 {
			t.Errorf("%s: %d examples of nothing", lang, n)
		}
		var b bytes.Buffer
		if err := Text(&b, d, TextOptions{Lang: lang, Width: 80}); err != nil {
			t.Error(err)
		}
	}
}
