package cli

import (
	"fmt"
	"io"

	"plumbline/internal/app"
	"plumbline/internal/i18n"
)

type logMapCmd struct {
	Pack   string `required:"" help:"The pack whose names are wanted: built-in, a file or a folder." zh:"要对应的规则包：内置规则包、文件或文件夹。" placeholder:"PACK"`
	Output string `short:"o" help:"Write to this file instead of standard output." zh:"写入此文件而不是标准输出。" placeholder:"FILE"`
	reading
	Logs []string `arg:"" name:"LOG" help:"Event logs. Several are one log." zh:"事件日志。多个文件视为一个日志。"`
}

// Run proposes what a log's names are in a pack's words.
func (x *logMapCmd) Run(c *call) error {
	if err := spare(x.Output, x.Logs); err != nil {
		return err
	}
	source, done, err := x.source(c, x.Logs)
	if err != nil {
		return err
	}
	p, read, err := app.Propose(source, x.Pack)
	done()
	if err != nil {
		return err
	}
	if err := c.remarks(read); err != nil {
		return err
	}
	for _, f := range p.Refused {
		c.warn(app.WhyRefused(f).In(c.lang))
	}
	if err := c.write(x.Output, func(w io.Writer) error { return p.YAML(w, c.lang) }); err != nil || x.Output == "" {
		return err
	}
	mapped, open := 0, 0
	for _, n := range append(append(p.Events[:len(p.Events):len(p.Events)], p.Objects...), p.Attrs...) {
		if n.To != "" {
			mapped++
		} else {
			open++
		}
	}
	w := i18n.Words{Lang: c.lang}
	_, err = fmt.Fprintln(c.Out, c.say("%s: %s names found in the pack, %s to decide", "%s：已对应名称 %s 个，待确定 %s 个", x.Output, w.Int(mapped), w.Int(open)))
	return err
}
