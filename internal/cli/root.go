package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"plumbline/internal/errs"
	"plumbline/internal/i18n"
)

// Env is the world outside: where to write, and what a terminal is like.
type Env struct {
	Out, Err    io.Writer
	OutTerminal bool // Out is a terminal
	ErrTerminal bool
	Width       int // of the terminal, in cells; 0: unknown
	Getenv      func(string) string
	Start       time.Time // when the program started
}

// root is the whole command line.
type root struct {
	Lang string `help:"Language of what is shown: en or zh. Without it: zh where LC_ALL or LANG begins with zh." zh:"显示语言：en 或 zh。不写时，若 LC_ALL 或 LANG 以 zh 开头则为中文，否则为英文。" enum:",en,zh" default:"" placeholder:"en|zh"`
	Help bool   `short:"h" help:"Show what a command does and its flags." zh:"显示命令的用途和参数。"`

	Check      checkCmd      `cmd:"" help:"Hold event logs against rules: which were kept, which broken, and why." zh:"对照规则检查事件日志：哪些遵守、哪些违反，以及原因。"`
	Rules      rulesCmd      `cmd:"" help:"Packs of rules: list, show, lint, test, explain, coverage." zh:"规则包：列出、显示、检查、测试、说明、覆盖。"`
	Demo       demoCmd       `cmd:"" help:"Simulate a police force's fines and check them; then serve an agency of police that lives on." zh:"模拟一支警队的罚单并加以检查；再启动服务，监督一个持续运作的模拟公安机关。"`
	Simulate   simulateCmd   `cmd:"" help:"Simulate an agency of police with known faults; say how well a check finds them." zh:"模拟一个带有已知违规的公安机关；评估检查的查全率和查准率。"`
	Log        logCmd        `cmd:"" help:"Logs: what one holds, another format, the courses of cases." zh:"日志：内容、格式转换、案件流程。"`
	Serve      serveCmd      `cmd:"" help:"Take events in and judge them as they come." zh:"接收事件并随到随判。"`
	Setup      setupCmd      `cmd:"" help:"Make the data directory of a service." zh:"建立服务的数据目录。"`
	Source     sourceCmd     `cmd:"" help:"Who may send events to a service: add, list, disable, rotate." zh:"事件来源：添加、列出、停用、更换令牌。"`
	Access     accessCmd     `cmd:"" help:"Who may do what in a service: show the table, check another." zh:"权限表：显示、检查。"`
	Account    accountCmd    `cmd:"" help:"Who may sign in to a service: add, list, change, disable, reset." zh:"登录账户：添加、列出、变更、停用、重置密码。"`
	Org        orgCmd        `cmd:"" help:"The organisation: show what a file would change and enter it; show it, and its history." zh:"组织机构：预览并录入变更，显示现状和历史。"`
	Backup     backupCmd     `cmd:"" help:"Take a service's data down into one file, while it runs." zh:"把服务的数据备份为一个文件，服务可继续运行。"`
	Restore    restoreCmd    `cmd:"" help:"Put a backup into an empty directory." zh:"把备份恢复到空目录。"`
	Verify     verifyCmd     `cmd:"" help:"Hold a proof, a log, a record or a backup against what was signed, offline; name the first thing that doesn't match." zh:"离线核对证明、日志、记录或备份与签署内容是否一致，并指出首个不符之处。"`
	Witness    witnessCmd    `cmd:"" help:"Be a witness outside the agency: cosign its log as long as nothing is taken back." zh:"作为外部见证方：在日志未被撤改的前提下会签。"`
	Seal       sealCmd       `cmd:"" help:"The log's key and its last checkpoint: show, rotate, retire." zh:"日志密钥和最近检查点：显示、更换、停用。"`
	Retention  retentionCmd  `cmd:"" help:"Erase cases that were kept long enough, or one event, while no service runs; show what was erased." zh:"销毁保存期满的案件或单个事件（服务停止时），并查看销毁记录。"`
	Custodian  custodianCmd  `cmd:"" help:"Sealed identities: make keys, seal who reported something, open it by two, split anew." zh:"密封身份：生成密钥、密封举报人身份、两人开启、重新拆分。"`
	Push       pushCmd       `cmd:"" help:"Send the events of logs to a service." zh:"把日志中的事件发送到服务。"`
	Version    versionCmd    `cmd:"" help:"Say which program this is, and which packs it carries." zh:"显示程序及所带规则包的版本。"`
	Completion completionCmd `cmd:"" help:"Print a script that completes commands in a shell." zh:"输出命令补全脚本。"`
	Complete   completeCmd   `cmd:"" hidden:"" help:"What could come next, for the scripts of completion." zh:"供补全脚本使用。"`
}

// call is one run of a command.
type call struct {
	Env
	doc    io.Writer // standard output for documents, which escape by the rules of their format
	lang   errs.Lang
	parser *kong.Kong
	status int  // what to exit with where nothing failed
	quiet  bool // no progress
}

// Run runs the command line and gives the exit status.
func Run(args []string, env Env) (status int) {
	c := &call{Env: env, doc: env.Out, lang: language(args, env.Getenv)}
	c.Out = shown{env.Out}
	defer func() { // a fault of the program has a status of its own; Go's would mean bad usage
		if fault := recover(); fault != nil {
			c.warn(c.say("a fault of the program: %v; please report it with the lines below", "程序自身的错误：%v；请连同以下内容报告", fault) + "\n" + string(debug.Stack()))
			status = errs.Internal.Exit()
		}
	}()
	if err := c.run(args); err != nil {
		text := errs.In(err, c.lang)
		if errors.Is(err, context.Canceled) { // by a signal: where it was then says nothing
			text = c.say("stopped before it was done", "已中止，未完成")
		}
		c.warn(text)
		return errs.CodeOf(err).Exit()
	}
	return c.status
}

func (c *call) run(args []string) error {
	var commands root
	parser, err := kong.New(&commands, kong.Name("plumbline"), kong.NoDefaultHelp(), kong.Writers(c.Out, c.Err))
	if err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	c.parser = parser
	if len(args) == 0 || asksHelp(args) {
		return c.help(args)
	}
	switch args[0] { // as other programs have it
	case "help":
		return c.help(args[1:])
	case "--version":
		args = append([]string{"version"}, args[1:]...)
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return usage(err)
	}
	return ctx.Run(c)
}

// warn writes a message to standard error.
func (c *call) warn(s string) { fmt.Fprintln(c.Err, "plumbline: "+errs.VisibleLines(s)) }

// shown writes lines that a command prints one by one, with nothing in them that
// acts on a terminal: they hold names from logs and packs.
type shown struct{ to io.Writer }

// Write writes whole lines; the program prints no part of a character alone.
func (l shown) Write(p []byte) (int, error) {
	if _, err := io.WriteString(l.to, errs.VisibleLines(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// some is a number of things in English, which alone writes one thing otherwise.
func some(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return i18n.Words{Lang: errs.En}.Int(n) + " " + thing
}

// say is a text in the language of the call.
func (c *call) say(en, zh string, args ...any) string {
	if len(args) == 0 {
		return errs.T(en, zh).In(c.lang)
	}
	return errs.Tf(en, zh, args...).In(c.lang)
}

// language is that of --lang, which must be known before anything else is
// read, since faults are told in it; else that of PLUMBLINE_LANG or the locale.
func language(args []string, getenv func(string) string) errs.Lang {
	for i, a := range args {
		if a == "--" {
			break
		}
		value, ok := strings.CutPrefix(a, "--lang=")
		if a == "--lang" && i+1 < len(args) {
			value, ok = args[i+1], true
		}
		if ok && value == string(errs.Zh) {
			return errs.Zh
		}
		if ok {
			return errs.En
		}
	}
	for _, name := range []string{"PLUMBLINE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(v, "zh") {
				return errs.Zh
			}
			break
		}
	}
	return errs.En
}

func asksHelp(args []string) bool {
	for _, a := range args {
		switch a {
		case "--":
			return false
		case "-h", "--help":
			return true
		}
	}
	return false
}
