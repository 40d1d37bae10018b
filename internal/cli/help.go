package cli

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/alecthomas/kong"

	"plumbline/internal/errs"
)

// help prints what the command named in args does, or what there is.
func (c *call) help(args []string) error {
	node := c.parser.Model.Node
	if ctx, err := kong.Trace(c.parser, args); err == nil && ctx.Selected() != nil {
		node = ctx.Selected()
	} else if err == nil && ctx.Error != nil {
		for _, p := range ctx.Path {
			if p.Command != nil {
				node = p.Command
			}
		}
	}
	p := &helpPage{call: c, width: 80}
	if c.Width > 0 {
		p.width = min(100, max(60, c.Width))
	}
	p.node(node)
	_, err := fmt.Fprint(c.Out, p.text.String())
	return err
}

// helpPage is a page of help being written.
type helpPage struct {
	*call
	text  strings.Builder
	width int
}

func (p *helpPage) node(n *kong.Node) {
	top := n.Type == kong.ApplicationNode
	if top {
		p.line(p.say("Plumbline holds event logs against legal rules: which duties were kept, which were broken, and why.",
			"准绳（Plumbline）对照法律规则检查事件日志：哪些职责得到履行，哪些被违反，以及原因。"))
		p.line("")
	}
	usage := strings.Join(names(n), " ")
	switch {
	case len(n.Children) > 0:
		usage += p.say(" COMMAND", " 命令")
	default:
		usage += p.say(" [flags]", " [参数]")
	}
	for _, a := range n.Positional {
		usage += " " + argument(a)
	}
	p.line(p.say("Usage: ", "用法：") + usage)
	if !top {
		p.line("")
		p.wrap(p.said(n.Help, n.Tag), 0)
	}
	p.section(p.say("Arguments", "内容"), p.arguments(n))
	p.section(p.say("Commands", "命令"), p.commands(n))
	p.section(p.say("Flags", "参数"), p.flags(n))
	p.section(p.say("Exit status", "退出码"), [][2]string{
		{"0", p.say("done", "完成")},
		{"1", p.say("done, and --fail-on was reached, a test of a pack failed, a score is under --fail-under, or a service did not take an event", "完成，但达到 --fail-on 的程度，或规则包测试未通过，或评分低于 --fail-under，或服务未接收某个事件")},
		{"2", p.say("flags, arguments or rules are wrong", "参数、用法或规则有误")},
		{"3", p.say("a log can't be read, or what is verified doesn't match what was signed", "日志无法读取，或核验对象与签署内容不符")},
		{"4", p.say("a fault of the program, or nothing can be written", "程序自身的错误，或无法写出")},
	})
}

// names are the words that lead to a command.
func names(n *kong.Node) []string {
	if n.Parent == nil {
		return []string{n.Name}
	}
	return append(names(n.Parent), n.Name)
}

// argument is what stands for an argument in a line of usage: in capitals as in the
// list of arguments, and as kong has it where it may be left out or given again.
func argument(a *kong.Positional) string {
	return strings.NewReplacer("<", "", ">", "", a.Name, strings.ToUpper(a.Name)).Replace(a.Summary())
}

// said is a help text in the language of the call.
func (p *helpPage) said(en string, tag *kong.Tag) string {
	if p.lang == errs.Zh && tag != nil {
		return tag.Get("zh")
	}
	return en
}

func (p *helpPage) arguments(n *kong.Node) [][2]string {
	var rows [][2]string
	for _, a := range n.Positional {
		rows = append(rows, [2]string{strings.ToUpper(a.Name), p.said(a.Help, a.Tag)})
	}
	return rows
}

func (p *helpPage) commands(n *kong.Node) [][2]string {
	var rows [][2]string
	for _, l := range n.Leaves(true) {
		name := strings.Join(names(l)[len(names(n)):], " ")
		for _, a := range l.Positional {
			name += " " + argument(a)
		}
		rows = append(rows, [2]string{name, p.said(l.Help, l.Tag)})
	}
	return rows
}

func (p *helpPage) flags(n *kong.Node) [][2]string {
	var rows [][2]string
	for _, group := range n.AllFlags(true) {
		for _, f := range group {
			name := "    --" + f.Name
			if f.Short != 0 {
				name = "-" + string(f.Short) + ", --" + f.Name
			}
			if !f.IsBool() {
				name += " " + f.FormatPlaceHolder()
			}
			text := p.said(f.Help, f.Tag)
			rows = append(rows, [2]string{name, text})
		}
	}
	return rows
}

// section prints two columns under a heading; the right one is wrapped.
func (p *helpPage) section(title string, rows [][2]string) {
	if len(rows) == 0 {
		return
	}
	p.line("")
	p.line(title)
	left := 0
	for _, r := range rows {
		if w := lipgloss.Width(r[0]); w <= 28 {
			left = max(left, w)
		}
	}
	for _, r := range rows {
		head := "  " + r[0]
		if w := lipgloss.Width(r[0]); w > left {
			p.line(head)
			head = strings.Repeat(" ", left+2)
		} else {
			head += strings.Repeat(" ", left-w)
		}
		p.text.WriteString(head + "  ")
		p.wrap(r[1], left+4)
	}
}

// wrap writes a text whose first line begins where the page stands, the
// others after indent cells.
func (p *helpPage) wrap(s string, indent int) {
	lines := strings.Split(lipgloss.Wrap(s, p.width-indent, "、，；：。"), "\n") // Chinese has no spaces to break at
	for i, l := range lines {
		if i > 0 {
			p.text.WriteString(strings.Repeat(" ", indent))
		}
		p.line(strings.TrimRight(l, " "))
	}
}

func (p *helpPage) line(s string) { p.text.WriteString(s + "\n") }
