package cli

import (
	"fmt"

	"plumbline/internal/app"
	"plumbline/internal/errs"
	"plumbline/internal/pack"
)

type rulesLintCmd struct {
	Packs []string `arg:"" optional:"" name:"PACK" help:"Built-in packs, files or folders. Without any: all built-in packs." zh:"内置规则包、文件或文件夹。不写时为全部内置规则包。"`
}

// Run checks packs. Faults are errors; what is only odd, and what nothing
// bounds, is a warning.
func (x *rulesLintCmd) Run(c *call) error {
	packs, err := app.Packs(x.Packs)
	if err != nil {
		return err
	}
	warnings := 0
	for _, p := range packs {
		fmt.Fprintf(c.Out, "%s %s · %s\n", p.Name, p.Version, p.Title.In(c.lang))
		head := []string{c.say("rule", "规则"), c.say("keeps for each key", "对每个键保留"), c.say("lets go", "何时放弃")}
		var rows [][]string
		for _, r := range p.Rules {
			b := pack.BoundOf(r)
			rows = append(rows, []string{r.ID, b.Keeps.In(c.lang), b.LetsGo.In(c.lang)})
			if b.Unbounded {
				warnings++
				w := errs.Error{Place: errs.Place{File: r.Pos.File, Line: r.Pos.Line, Column: r.Pos.Column}, Next: b.Advice,
					What: errs.Tf("nothing bounds what rule %s keeps", "规则 %s 保留的内容没有上限", r.ID)}
				c.warn(w.In(c.lang))
			}
		}
		if err := c.stacked(head, rows); err != nil {
			return err
		}
		for _, w := range p.Lint {
			warnings++
			c.warn(w.In(c.lang))
		}
	}
	rules := 0
	for _, p := range packs {
		rules += len(p.Rules)
	}
	_, err = fmt.Fprintln(c.Out, c.say("%[1]s, %[2]s", "规则 %[3]d 条，警告 %[4]d 条", some(rules, "rule"), some(warnings, "warning"), rules, warnings))
	return err
}

// stacked prints each row as its first cell and, indented under it, the others
// with their heads: for rows that are sentences.
func (c *call) stacked(head []string, rows [][]string) error {
	for _, r := range rows {
		if _, err := fmt.Fprintln(c.Out, "  "+r[0]); err != nil {
			return err
		}
		var under [][]string
		for i, cell := range r[1:] {
			under = append(under, []string{"", head[i+1], cell})
		}
		if err := c.table(nil, under); err != nil {
			return err
		}
	}
	return nil
}
