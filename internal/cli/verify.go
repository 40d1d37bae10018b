package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"plumbline/internal/app"
	"plumbline/internal/errs"
	"plumbline/internal/i18n"
	"plumbline/internal/seal"
)

type verifyCmd struct {
	Key      []string `sep:"none" help:"A key of the log, as the agency publishes it (NAME+HASH+KEY). Without it the keys that the log names itself are taken, which proves nothing about whose log it is. May be repeated." zh:"日志公钥，由该单位公布（名称+哈希+公钥）。不写时采用日志自带的公钥，这不能证明日志属于谁。可重复。" placeholder:"KEY"`
	Witness  []string `sep:"none" help:"The key of a witness whose cosignature is looked for. May be repeated." zh:"要核对会签的见证方公钥。可重复。" placeholder:"KEY"`
	Older    []string `sep:"none" help:"A checkpoint that the log gave before: what it had then must still be in it. May be repeated." zh:"日志先前给出的检查点：当时的内容须仍在其中。可重复。" placeholder:"FILE"`
	Identity string   `help:"The file of a recipient's secret key, for an encrypted backup." zh:"接收人的私钥文件，用于已加密的备份。" placeholder:"KEYFILE"`
	Postgres string   `help:"The PostgreSQL database that holds the record of the directory." zh:"该目录的记录所在的 PostgreSQL 数据库地址。" placeholder:"URL"`
	What     string   `arg:"" help:"A proof, a backup, a data directory, a log's folder or URL." zh:"证明文件、备份、数据目录、日志文件夹或网址。"`
}

// Run holds what it is given against what was signed, and names the first thing
// that doesn't match.
func (x *verifyCmd) Run(c *call) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second one ends the program, whatever it waits for
	v, err := app.Verify(ctx, app.VerifyOptions{What: x.What, Keys: x.Key, Witnesses: x.Witness, Older: x.Older, Identity: x.Identity, Postgres: x.Postgres})
	if err != nil {
		return err
	}
	w := i18n.Words{Lang: c.lang}
	line := func(label, text string) { fmt.Fprintf(c.Out, "%s\t%s\n", label, errs.Visible(text)) }
	switch {
	case v.Proof != nil:
		c.proven(v.Proof, line)
	case v.Tally != nil:
		t := v.Tally
		fmt.Fprintln(c.Out, c.say("%s: every leaf, row and event is what was sealed", "%s：每条存证、每行记录、每条事件均与存证一致", x.What))
		line(c.say("leaves", "存证"), w.Int(int(t.Leaves)))
		line(c.say("events", "事件"), c.say("%s in %s segments; %s were erased", "%s 条，数据段 %s 个；已销毁 %s 条", w.Int(int(t.Events)), w.Int(int(t.Segments)), w.Int(int(t.Erased))))
		line(c.say("rows", "记录"), w.Int(int(t.Rows)))
		if t.Backs > 0 {
			line(c.say("dated back", "时间倒置"), c.say("%s leaves are dated more than a day before what was sealed before them; look whether a clock was set, or what they say is older than it may be:", "%s 条存证的时间早于在其之前的存证一天以上；请核实是否因校时所致，或其内容被倒填日期：", w.Int(int(t.Backs))))
			for _, d := range t.Back {
				line("", c.say("leaf %d, %s, %s", "第 %d 条，%s，%s", d.Leaf, d.What, time.UnixMicro(int64(d.At)).UTC().Format(time.RFC3339)))
			}
		}
		if t.Head != nil && t.Head.Size < t.Leaves {
			line(c.say("unsigned", "未签署"), c.say("the last %s leaves: nobody vouches for those yet", "最后 %s 条：尚无人为其作证", w.Int(int(t.Leaves-t.Head.Size))))
		}
	default:
		fmt.Fprintln(c.Out, c.say("%s: every entry is in the tree that was signed", "%s：每条内容均在已签署的日志树中", x.What))
	}
	switch {
	case len(x.Older) == 0:
	case v.Proof != nil:
		line(c.say("older", "先前"), c.say("%d checkpoints given before, of the same size, have the same root", "先前大小相同的 %d 个检查点，根哈希均相同", len(x.Older)))
	default:
		line(c.say("older", "先前"), c.say("%d checkpoints given before are of this log", "先前的 %d 个检查点均属于本日志", len(x.Older)))
	}
	c.signed(v.Signed, len(x.Key) > 0, len(x.Witness), line)
	return nil
}

// proven tells what a proof shows.
func (c *call) proven(p *seal.Proof, line func(label, text string)) {
	o := &p.Opening
	fmt.Fprintln(c.Out, c.say("the proof holds: this was in the log when the checkpoint was signed, and is unaltered since", "证明成立：以下内容在签署检查点时已在日志中，此后未被改动"))
	line(c.say("what", "内容"), o.Kind+" "+o.Ref)
	line(c.say("sealed", "存证时间"), time.UnixMicro(int64(o.At)).UTC().Format(time.RFC3339))
	line(c.say("leaf", "序号"), strconv.FormatInt(p.Index, 10))
	if o.Event != nil {
		line(c.say("event", "事件"), o.Event.Text)
	} else if json.Valid(o.Body) {
		line(c.say("text", "原文"), string(o.Body))
	}
}

// signed tells who vouches for it.
func (c *call) signed(s *seal.Signed, given bool, asked int, line func(label, text string)) {
	if s == nil {
		line(c.say("signed", "签署"), c.say("nothing was signed yet: nobody vouches for this", "尚未签署：无人为此作证"))
		return
	}
	line(c.say("log", "日志"), s.Origin)
	line(c.say("checkpoint", "检查点"), c.say("%d leaves, root %s", "%d 条，根哈希 %s", s.Size, s.Root))
	by := strings.Join(s.Keys, " ")
	if !given {
		by += " " + c.say("(the log's own word: hold this key against the one that the agency publishes, or give that with --key)", "（日志自称：请与该单位公布的公钥核对，或用 --key 指定）")
	}
	line(c.say("signed", "签署"), by)
	for _, w := range s.Cosigned {
		line(c.say("cosigned", "会签"), w.At.Format(time.RFC3339)+" "+w.Key)
	}
	switch {
	case asked == 0:
		line(c.say("cosigned", "会签"), c.say("not looked at: no witness was named (--witness)", "未核对：没有指定见证方（--witness）"))
	case len(s.Cosigned) == 0:
		line(c.say("cosigned", "会签"), c.say("by none of the witnesses named: nobody outside vouches that there is no other version of this log", "所指定的见证方均未会签：没有外部机构证明该日志不存在另一版本"))
	}
}
