package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"plumbline/internal/errs"
	"plumbline/internal/vault"
)

// custodianCmd is sealed identities: what seals and opens them, at people's own
// machines. The service has what is encrypted, and nothing that opens it.
type custodianCmd struct {
	Keygen   custodianKeygenCmd   `cmd:"" help:"Make a custodian's key, and print its public half." zh:"生成保管人密钥并显示公钥。"`
	Register custodianRegisterCmd `cmd:"" help:"Propose your key's public half, so that what is sealed has a share for it; a second person approves." zh:"提出登记本人公钥（须经第二人批准），此后密封的身份将为其拆分份额。"`
	List     custodianListCmd     `cmd:"" help:"List the keys that get shares." zh:"列出可得份额的公钥。"`
	Seal     custodianSealCmd     `cmd:"" help:"Seal who reported something, here, so that the service never has it in clear." zh:"在本机密封举报人身份，明文不经过服务。"`
	Ask      custodianAskCmd      `cmd:"" help:"Propose to open a sealed identity; another custodian approves on the page Approvals, or with approve." zh:"提出开启密封身份，由另一名保管人在“审批”页面或用 approve 批准。"`
	Approve  custodianApproveCmd  `cmd:"" help:"Approve what another proposed: for a day, you two may fetch your shares." zh:"批准他人提出的开启：一日内两人可提取各自份额。"`
	Share    custodianShareCmd    `cmd:"" help:"Fetch your share of an opened identity, and encrypt it to the other of the two." zh:"提取本人份额并加密给另一名保管人。"`
	Open     custodianOpenCmd     `cmd:"" help:"Put your share and the other's together, here, and show who it is." zh:"在本机合并两人份额并显示身份。"`
	Resplit  custodianResplitCmd  `cmd:"" help:"Split an identity's key anew for those who are custodians now, with the other's share." zh:"与另一名保管人的份额合并后，为现任保管人重新拆分。"`
}

type custodianKeygenCmd struct {
	PassphraseFile string `help:"A file with a passphrase for the key, alone on one line." zh:"存放密钥口令的文件，只有一行。" placeholder:"FILE"`
	Passphrase     bool   `help:"Ask for a passphrase for the key." zh:"询问密钥口令。"`
	File           string `arg:"" help:"The file to write; it must not be there yet. Keep it on no server, and a copy of it apart." zh:"要写入的文件，不得已存在；不得存放在服务器上，并请另存副本。"`
}

// Run makes a key.
func (x *custodianKeygenCmd) Run(c *call) error {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	text := []byte("# " + id.Recipient().String() + "\n" + id.String() + "\n")
	if x.Passphrase || x.PassphraseFile != "" {
		pass, err := c.secretFrom(x.PassphraseFile, "--passphrase-file", c.say("passphrase: ", "口令："))
		if err != nil {
			return err
		}
		if text, err = locked(text, pass); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(x.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		return &errs.Error{Code: errs.Usage, Place: errs.Place{File: x.File}, Err: err, What: errs.Tf("the key can't be written: %v", "无法写入密钥：%v", err), Next: errs.T("give a file that isn't there yet", "请给出尚不存在的文件")}
	}
	_, err = fmt.Fprintln(c.Out, id.Recipient())
	return err
}

// locked encrypts a key by a passphrase.
func locked(text []byte, pass string) ([]byte, error) {
	to, err := age.NewScryptRecipient(pass)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	a := armor.NewWriter(&out)
	w, err := age.Encrypt(a, to)
	if err == nil {
		_, err = w.Write(text)
		err = errors.Join(err, w.Close(), a.Close())
	}
	return out.Bytes(), err
}

// keyFile is where a custodian's private keys lie.
type keyFile struct {
	Key            string `required:"" help:"The file of your private keys, as keygen wrote it." zh:"本人私钥文件（keygen 生成）。" placeholder:"FILE"`
	PassphraseFile string `help:"A file with the key's passphrase, alone on one line. Without it: asked for where there is one." zh:"存放密钥口令的文件，只有一行。不写时在需要时询问。" placeholder:"FILE"`
}

// read gives the keys. A file that others on the machine may read is refused.
func (x *keyFile) read(c *call) ([]age.Identity, error) {
	text, err := os.ReadFile(x.Key)
	if err != nil {
		return nil, errs.Unreadable(x.Key, err)
	}
	info, err := os.Stat(x.Key)
	if err != nil {
		return nil, errs.Unreadable(x.Key, err)
	}
	sealed := bytes.HasPrefix(text, []byte(armor.Header))
	if !sealed && info.Mode()&0o077 != 0 && os.PathSeparator == '/' {
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: x.Key}, What: errs.T("others on this machine may read this key", "本机其他用户可读取该密钥"), Next: errs.Tf("chmod 600 %s, or give it a passphrase", "请执行 chmod 600 %s，或为其设置口令", x.Key)}
	}
	if sealed {
		if text, err = x.unlocked(c, text); err != nil {
			return nil, err
		}
	}
	keys, err := vault.ParseKeys(string(text))
	if e := (*errs.Error)(nil); errors.As(err, &e) {
		e.Place = errs.Place{File: x.Key}
	}
	return keys, err
}

func (x *keyFile) unlocked(c *call, text []byte) ([]byte, error) {
	pass, err := c.secretFrom(x.PassphraseFile, "--passphrase-file", c.say("passphrase of the key: ", "密钥口令："))
	if err != nil {
		return nil, err
	}
	id, err := age.NewScryptIdentity(pass)
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(text)), id)
	if err != nil {
		return nil, &errs.Error{Code: errs.Usage, Place: errs.Place{File: x.Key}, What: errs.T("the passphrase doesn't open this key", "口令不能打开该密钥"), Next: errs.T("try again", "请重试")}
	}
	return io.ReadAll(r)
}

type custodianRegisterCmd struct {
	served
	Reason    string `required:"" help:"For whoever approves." zh:"供批准人参考的理由。" placeholder:"TEXT"`
	Recipient string `arg:"" name:"KEY" help:"The public half (age1…), as keygen printed it." zh:"公钥（age1…），即 keygen 显示的内容。"`
}

// Run proposes a key.
func (x *custodianRegisterCmd) Run(c *call) error {
	to, err := vault.ParseRecipient(x.Recipient) // before anything is sent
	if err != nil {
		return err
	}
	return x.signedIn(c, func(s *session) error {
		return s.propose("custodians", map[string]string{"recipient": to.String(), "reason": x.Reason})
	})
}

// propose sends a proposal and prints its id.
func (s *session) propose(path string, in any) error {
	var p struct{ ID string }
	if err := s.call(http.MethodPost, path, in, &p); err != nil {
		return err
	}
	_, err := fmt.Fprintln(s.c.Out, p.ID)
	return err
}

type custodianListCmd struct {
	served
	Keys bool `help:"Only those in force, a line each: the key and the account. Hold it against what the custodians say, and keep it: --custodians takes it." zh:"仅列出有效公钥，每行为公钥和账户。请与各保管人核对后保存，供 --custodians 使用。"`
}

// Run lists custodians.
func (x *custodianListCmd) Run(c *call) error {
	return x.signedIn(c, func(s *session) error {
		list, err := s.custodians()
		if err != nil {
			return err
		}
		if x.Keys {
			for _, k := range vault.InForce(list.keys()) {
				fmt.Fprintln(c.Out, k.Recipient+" "+k.Account)
			}
			return nil
		}
		var rows [][]string
		for _, k := range list.Custodians {
			state := c.say("former", "已失效")
			if k.InForce {
				state = c.say("in force", "有效")
			}
			rows = append(rows, []string{k.Account, k.Since, state, k.Recipient})
		}
		return c.table([]string{c.say("custodian", "保管人"), c.say("since", "登记时间"), c.say("state", "状态"), c.say("key", "公钥")}, rows)
	})
}

// custodianList is what the service says of custodians.
type custodianList struct {
	Custodians []struct {
		Account, Recipient, Since string
		InForce                   bool `json:"in_force"`
	}
}

func (l *custodianList) keys() (out []vault.Custodian) {
	for _, k := range l.Custodians {
		out = append(out, vault.Custodian{Account: k.Account, Recipient: k.Recipient, InForce: k.InForce})
	}
	return out
}

func (s *session) custodians() (l custodianList, err error) {
	return l, s.call(http.MethodGet, "custodians", nil, &l)
}

// pinned are custodians as somebody knows them, whatever a service says.
type pinned struct {
	Custodians string `required:"" help:"The custodians' keys as you know them from themselves: what list --keys prints, kept. Where the service names others, nothing is done." zh:"已与各保管人核对的公钥清单（list --keys 的输出）。与服务所示不一致时不予办理。" placeholder:"FILE"`
}

// agree are the custodians, where the service names the same.
func (x *pinned) agree(s *session) ([]vault.Custodian, error) {
	text, err := os.ReadFile(x.Custodians)
	if err != nil {
		return nil, errs.Unreadable(x.Custodians, err)
	}
	var mine []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			mine = append(mine, line)
		}
	}
	said, err := s.custodians()
	if err != nil {
		return nil, err
	}
	list := vault.InForce(said.keys())
	var theirs []string
	for _, k := range list {
		theirs = append(theirs, k.Recipient+" "+k.Account)
	}
	slices.Sort(mine)
	slices.Sort(theirs)
	if slices.Equal(mine, theirs) {
		return list, nil
	}
	odd := slices.DeleteFunc(append(slices.Clone(theirs), mine...), func(l string) bool { return slices.Contains(mine, l) && slices.Contains(theirs, l) })
	return nil, &errs.Error{Code: errs.Input, Place: errs.Place{File: x.Custodians}, What: errs.Tf("the service names other custodians than this file: %s", "服务所示保管人与该文件不一致：%s", cmp.Or(strings.Join(odd, ", "), "?")),
		Next: errs.T("ask the custodians themselves what their keys are, then mend the file", "请向保管人本人核对公钥后更新文件")}
}

// parseRef reads the entry that an identity is sealed for.
func parseRef(text string) (vault.Ref, error) {
	register, number, ok := strings.Cut(text, "/")
	if !ok || register != vault.OfFinding && register != vault.OfReport || number == "" {
		return vault.Ref{}, &errs.Error{Code: errs.Usage, What: errs.Tf("%q names nothing to seal for", "%q 不是可密封的对象", text), Next: errs.T("write finding/ID or report/NUMBER", "请写 finding/标识 或 report/编号")}
	}
	return vault.Ref{Register: register, Number: number}, nil
}
