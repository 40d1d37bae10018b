package packdoc

import (
	"fmt"
	"strings"

	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/pack"
)

// File is the name of a pack's page in a language.
func File(pack string, lang errs.Lang) string {
	if lang == errs.Zh {
		return pack + ".zh.md"
	}
	return pack + ".md"
}

// page is one page being written.
type page struct {
	strings.Builder
	p *pack.Pack
	w i18n.Words
}

// Page is the page of a pack, as Markdown.
func Page(p *pack.Pack, lang errs.Lang) (string, error) {
	g := &page{p: p, w: i18n.Words{Lang: lang}}
	g.head()
	g.counting()
	g.rules()
	if err := g.worked(); err != nil {
		return "", err
	}
	g.vocabulary()
	g.rest()
	return g.String(), nil
}

func (g *page) say(en, zh string) string { return errs.T(en, zh).In(g.w.Lang) }

func (g *page) f(format string, args ...any) { fmt.Fprintf(&g.Builder, format, args...) }

// section begins a part of the page.
func (g *page) section(en, zh string) { g.f("\n## %s\n\n", g.say(en, zh)) }

func (g *page) head() {
	p := g.p
	other := File(p.Name, errs.Zh)
	if g.w.Lang == errs.Zh {
		other = File(p.Name, errs.En)
	}
	g.f("<!-- %s -->\n", g.say("Written by go generate ./... from the pack; change the pack instead.", "由 go generate ./... 依规则包生成；请修改规则包。"))
	g.f("# %s\n\n", inline(p.Title.In(g.w.Lang)))
	verified := 0
	for _, r := range p.Rules {
		if r.Basis.Verified {
			verified++
		}
	}
	g.f(g.say("`%s` %s · %s · %d rules, of which %d verified: those alone accuse, the others warn · %s · [中文](%s)\n",
		"`%s` %s · %s · 规则 %d 条，其中 %d 条已核对原文：只有这些作认定，其余只作提示 · %s · [English](%s)\n"),
		p.Name, p.Version, g.jurisdiction(), len(p.Rules), verified, g.source(), other)
	if about := strings.TrimSpace(p.About.In(g.w.Lang)); about != "" {
		g.f("\n%s\n", about)
	}
	g.f("\n```sh\nplumbline check --rules %[1]s LOG\nplumbline rules show --rules %[1]s RULE\nplumbline rules test %[1]s\n```\n", p.Name)
}

func (g *page) jurisdiction() string {
	if g.p.Jurisdiction == "" {
		return g.say("no jurisdiction", "不限法域")
	}
	return g.p.Jurisdiction
}

func (g *page) source() string {
	return fmt.Sprintf("[pack.yaml](../../packs/%[1]s/pack.yaml) · [vocabulary.yaml](../../packs/%[1]s/vocabulary.yaml)", g.p.Name)
}

// rest says where what the page hasn't is told.
func (g *page) rest() {
	g.section("What isn't judged", "未作判断的")
	g.f(g.say("What the provisions ask and the pack does not judge, or judges in part, stands in [gaps.md](gaps.md#%s), with the smallest extension of the language that would do it.\n",
		"法律有要求而本规则包未判断或只部分判断的，见 [gaps.md](gaps.md#%s)，并附可作判断的最小语言扩展。\n"), g.p.Name)
}

// inline is a text as Markdown shows it unchanged, on one line.
func inline(s string) string { return markdown.Replace(strings.Join(strings.Fields(s), " ")) }

var markdown = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", "&lt;", ">", "&gt;", "|", `\|`, "[", `\[`, "]", `\]`)

// code marks a condition in a sentence of package report, which prose sets as
// code: it is no prose.
func code(condition string) string { return codeFrom + condition + codeTo }

const codeFrom, codeTo = "\x01", "\x02"

func prose(s string) string {
	var b strings.Builder
	for s != "" {
		before, rest, found := strings.Cut(s, codeFrom)
		b.WriteString(markdown.Replace(before))
		if !found {
			break
		}
		condition, after, _ := strings.Cut(rest, codeTo)
		condition = strings.Join(strings.Fields(condition), " ")
		b.WriteString("`" + strings.ReplaceAll(condition, "|", `\|`) + "`")
		s = after
	}
	return b.String()
}

// cell is a text of one or more lines in a cell of a table.
func cell(lines ...string) string {
	var out []string
	for _, l := range lines {
		if l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "<br>")
}

// row writes a row of a table.
func (g *page) row(cells ...string) { g.f("| %s |\n", strings.Join(cells, " | ")) }

func (g *page) header(cells ...string) {
	g.row(cells...)
	g.f("|%s\n", strings.Repeat(" --- |", len(cells)))
}
