package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"plumbline/internal/pack"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish." zh:"bash、zsh 或 fish。"`
}

// scripts ask the program itself what could come next; where it knows nothing,
// file names are offered.
var scripts = map[string]string{
	"bash": `# plumbline completion bash > /etc/bash_completion.d/plumbline
_plumbline() {
  local IFS=$'\n'
  COMPREPLY=($(compgen -W "$(plumbline complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _plumbline plumbline
`,
	"zsh": `#compdef plumbline
# plumbline completion zsh > "${fpath[1]}/_plumbline"
_plumbline() {
  local -a found
  found=("${(@f)$(plumbline complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${found[*]}" ]]; then compadd -a found; else _files; fi
}
compdef _plumbline plumbline
`,
	"fish": `# plumbline completion fish > ~/.config/fish/completions/plumbline.fish
complete -c plumbline -a '(plumbline complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
}

// Run prints the script for a shell.
func (x *completionCmd) Run(c *call) error {
	_, err := fmt.Fprint(c.Out, scripts[x.Shell])
	return err
}

type completeCmd struct {
	Words []string `arg:"" optional:"" passthrough:"" help:"The words typed so far, the last one unfinished." zh:"已输入的词，最后一个可未写完。"`
}

// Run prints what the last word could become, a line each.
func (x *completeCmd) Run(c *call) error {
	words := x.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	if len(words) == 0 {
		words = []string{""}
	}
	done, last := words[:len(words)-1], words[len(words)-1]
	for _, s := range candidates(c.parser.Model.Node, done, last) {
		if strings.HasPrefix(s, last) {
			fmt.Fprintln(c.Out, s)
		}
	}
	return nil
}

// candidates are the words that can stand after done.
func candidates(n *kong.Node, done []string, last string) []string {
	var flag *kong.Flag
	for _, w := range done {
		flag = nil
		if strings.HasPrefix(w, "-") {
			flag = flagOf(n, w)
			continue
		}
		for _, child := range n.Children {
			if child.Name == w {
				n = child
			}
		}
	}
	switch {
	case flag != nil && !flag.IsBool():
		return valuesOf(flag)
	case strings.HasPrefix(last, "-"):
		var out []string
		for _, group := range n.AllFlags(true) {
			for _, f := range group {
				out = append(out, "--"+f.Name)
			}
		}
		slices.Sort(out)
		return out
	}
	var out []string
	for _, child := range n.Children {
		if !child.Hidden {
			out = append(out, child.Name)
		}
	}
	for _, p := range n.Positional {
		if p.Name == "PACK" {
			out = append(out, pack.BuiltIn()...)
		}
		out = append(out, enumOf(p)...)
	}
	return out
}

func flagOf(n *kong.Node, word string) *kong.Flag {
	for _, group := range n.AllFlags(false) {
		for _, f := range group {
			if word == "--"+f.Name || f.Short != 0 && word == "-"+string(f.Short) {
				return f
			}
		}
	}
	return nil
}

func valuesOf(f *kong.Flag) []string {
	if f.Name == "rules" {
		return pack.BuiltIn()
	}
	return enumOf(f.Value)
}

func enumOf(v *kong.Value) []string {
	var out []string
	if v.Enum == "" {
		return nil
	}
	for _, e := range v.EnumSlice() {
		if e != "" {
			out = append(out, e)
		}
	}
	return out
}
