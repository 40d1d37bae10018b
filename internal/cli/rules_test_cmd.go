package cli

import (
	"fmt"
	"strings"

	"plumbline/internal/app"
	"plumbline/internal/errs"
	"plumbline/internal/pack"
)

type rulesTestCmd struct {
	Packs []string `arg:"" optional:"" name:"PACK" help:"Built-in packs, files or folders. Without any: all built-in packs." zh:"内置规则包、文件或文件夹。不写时为全部内置规则包。"`
}

// Run runs the tests of packs; one that fails makes the exit status 1.
func (x *rulesTestCmd) Run(c *call) error {
	packs, err := app.Packs(x.Packs)
	if err != nil {
		return err
	}
	for _, p := range packs {
		out, err := pack.Test(p)
		if err != nil {
			return err
		}
		c.failures(out)
		for _, g := range out.Gaps {
			c.warn(g.Rule.Pos.String() + ": " + g.Rule.ID + c.say(": ", "：") + g.What.In(c.lang))
		}
		failed := map[string]bool{}
		for _, f := range out.Failures {
			failed[f.Test.Name] = true
		}
		if len(failed) > 0 {
			c.status = 1
		}
		fmt.Fprintln(c.Out, c.say("%[1]s: %[2]s, %[3]s, %[6]d failed", "%[1]s：规则 %[4]d 条，测试 %[5]d 项，未通过 %[6]d 项", p.Name, some(len(p.Rules), "rule"), some(out.Tests, "test"), len(p.Rules), out.Tests, len(failed)))
	}
	return nil
}

// failures prints what failed, each with the reasons that the rule gave; what failed
// alike in several ways of judging, once.
func (c *call) failures(out *pack.Outcome) {
	type said struct{ pos, test, rule, what, got, want string }
	ways := map[said][]string{}
	key := func(f pack.Failure) said { return said{f.Pos.String(), f.Test.Name, f.Rule, f.What, f.Got, f.Want} }
	for _, f := range out.Failures {
		ways[key(f)] = append(ways[key(f)], f.Way.Text().In(c.lang))
	}
	last := ""
	for _, f := range out.Failures {
		list := ways[key(f)]
		if list == nil {
			continue
		}
		delete(ways, key(f))
		what := errs.Tf("%s: test %q, rule %s: %s is %s, want %s (%s)", "%s: 测试 %q，规则 %s：%s 为 %s，应为 %s（%s）",
			f.Pos, f.Test.Name, f.Rule, f.What, f.Got, f.Want, strings.Join(list, c.say("; ", "；")))
		fmt.Fprintln(c.Out, what.In(c.lang))
		if key := f.Test.Name + "\x00" + f.Rule; key != last {
			last = key
			for _, b := range f.Because {
				fmt.Fprintln(c.Out, "    "+b.In(c.lang))
			}
		}
	}
}
