package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"filippo.io/age"

	"plumbline/internal/errs"
	"plumbline/internal/vault"
)

// shareOut is a share as the service takes it.
type shareOut struct {
	Custodian string `json:"custodian"`
	Recipient string `json:"recipient"`
	Cipher    string `json:"cipher"`
}

func sharesOut(list []vault.Share) []shareOut {
	out := make([]shareOut, len(list))
	for i, s := range list {
		out[i] = shareOut(s)
	}
	return out
}

type custodianSealCmd struct {
	served
	pinned
	For      string   `required:"" help:"What it is sealed for: finding/ID, or report/NUMBER of one that lies elsewhere." zh:"密封所属事项：finding/标识，或系统外举报 report/编号。" placeholder:"REF"`
	Concerns []string `help:"Persons whom the report is about, as events name them: they never learn of it. Those of the finding needn't be named." zh:"举报所涉人员编号，这些人员无从得知；问题已涉及的人员不必填写。" placeholder:"ID,…"`
	File     string   `arg:"" help:"The file that says who it is; - for standard input." zh:"写明身份的文件；- 表示标准输入。"`
}

// Run seals an identity here and sends what is encrypted.
func (x *custodianSealCmd) Run(c *call) error {
	ref, err := parseRef(x.For)
	if err != nil {
		return err
	}
	var text []byte
	if x.File == "-" {
		text, err = io.ReadAll(io.LimitReader(os.Stdin, vault.MaxIdentity+1))
	} else {
		text, err = os.ReadFile(x.File)
	}
	if err != nil {
		return errs.Unreadable(x.File, err)
	}
	return x.signedIn(c, func(s *session) error {
		list, err := x.agree(s)
		if err != nil {
			return err
		}
		sealed, err := vault.Seal(ref, string(text), list)
		if err != nil {
			return err
		}
		in := struct {
			Register string     `json:"register"`
			Number   string     `json:"number"`
			Concerns []string   `json:"concerns,omitempty"`
			Key      string     `json:"key"`
			Body     string     `json:"body"`
			Shares   []shareOut `json:"shares"`
		}{ref.Register, ref.Number, x.Concerns, sealed.Key, sealed.Body, sharesOut(sealed.Shares)}
		if len(list) < vault.EnoughCustodians {
			c.warn(c.say("there are only %d custodians: if one is lost, nobody can open it", "保管人仅 %d 名：缺少一人即无法开启", len(list)))
		}
		var out struct{ ID string }
		if err := s.call(http.MethodPost, "identities", in, &out); err != nil {
			return err
		}
		fmt.Fprintln(c.Out, out.ID)
		c.warn(c.say("sealed; its SHA-256 is %s; destroy what you wrote it on", "已密封，SHA-256 为 %s；请销毁书写原件", vault.Digest(sealed.Body)))
		return nil
	})
}

type custodianAskCmd struct {
	served
	Reason string `required:"" help:"Why it must be known; it stays with the proposal." zh:"必须获知身份的理由，将与提请一并保存。" placeholder:"TEXT"`
	ID     string `arg:"" help:"The sealed identity, as seal printed it." zh:"密封身份的标识（seal 显示）。"`
}

// Run proposes an opening.
func (x *custodianAskCmd) Run(c *call) error {
	return x.signedIn(c, func(s *session) error {
		return s.propose("identities/"+url.PathEscape(x.ID)+"/open", map[string]string{"reason": x.Reason})
	})
}

type custodianApproveCmd struct {
	served
	Words string `required:"" help:"Why you approve." zh:"批准的理由。" placeholder:"TEXT"`
	ID    string `arg:"" name:"PROPOSAL" help:"The proposal, as ask or register printed it." zh:"提请的标识（ask 或 register 显示）。"`
}

// Run approves a proposal.
func (x *custodianApproveCmd) Run(c *call) error {
	return x.signedIn(c, func(s *session) error {
		var p struct{ State, Words string }
		if err := s.call(http.MethodPost, "approvals/"+url.PathEscape(x.ID)+"/approve", map[string]string{"words": x.Words}, &p); err != nil {
			return err
		}
		if p.State != "done" {
			return &errs.Error{Code: errs.Usage, What: errs.Tf("it was approved and couldn't be done: %s", "已批准但未能办理：%s", p.Words)}
		}
		return nil
	})
}

// fetch gets what is sealed, and one's share.
func (s *session) fetch(id string) (*vault.Fetched, error) {
	var b struct {
		ID, Register, Number, Key, Body, Opening string
		Share, Other                             shareIn
	}
	if err := s.call(http.MethodPost, "identities/"+url.PathEscape(id)+"/fetch", struct{}{}, &b); err != nil {
		return nil, err
	}
	return &vault.Fetched{ID: b.ID, Ref: vault.Ref{Register: b.Register, Number: b.Number}, Key: b.Key, Body: b.Body, Opening: b.Opening,
		Share: vault.Share{Custodian: b.Share.Custodian, Recipient: b.Share.Recipient, Cipher: b.Share.Cipher}, Other: vault.Custodian{Account: b.Other.Account, Recipient: b.Other.Recipient}}, nil
}

type shareIn struct{ Custodian, Account, Recipient, Cipher string }

type custodianShareCmd struct {
	served
	keyFile
	Out string `required:"" help:"The file to write, for the other of the two alone to read." zh:"要写入的文件，仅另一名保管人可读。" placeholder:"FILE"`
	ID  string `arg:"" help:"The sealed identity." zh:"密封身份的标识。"`
}

// Run hands the own share on.
func (x *custodianShareCmd) Run(c *call) error {
	keys, err := x.read(c)
	if err != nil {
		return err
	}
	return x.signedIn(c, func(s *session) error {
		f, err := s.fetch(x.ID)
		if err != nil {
			return err
		}
		text, err := vault.Hand(f, keys)
		if err != nil {
			return err
		}
		if err := os.WriteFile(x.Out, []byte(text), 0o600); err != nil {
			return &errs.Error{Code: errs.Usage, Place: errs.Place{File: x.Out}, Err: err, What: errs.Tf("can't be written: %v", "无法写入：%v", err)}
		}
		_, err = fmt.Fprintln(c.Out, c.say("give %s to %s, who opens it with it", "请将 %s 交给 %s，由其合并开启", x.Out, f.Other.Account))
		return err
	})
}

// both are one's own keys and the share that the other of the two handed on.
type both struct {
	served
	keyFile
	Share string `required:"" help:"The file that the other of the two made with share." zh:"另一名保管人用 share 生成的文件。" placeholder:"FILE"`
}

// with gives f what was fetched, with the other's share.
func (x *both) with(c *call, id string, f func(s *session, got *vault.Fetched, handed string, keys []age.Identity) error) error {
	keys, err := x.read(c)
	if err != nil {
		return err
	}
	handed, err := os.ReadFile(x.Share)
	if err != nil {
		return errs.Unreadable(x.Share, err)
	}
	return x.signedIn(c, func(s *session) error {
		got, err := s.fetch(id)
		if err != nil {
			return err
		}
		return f(s, got, string(handed), keys)
	})
}

type custodianOpenCmd struct {
	both
	ID string `arg:"" help:"The sealed identity." zh:"密封身份的标识。"`
}

// Run opens an identity and shows it. It is written nowhere.
func (x *custodianOpenCmd) Run(c *call) error {
	return x.with(c, x.ID, func(_ *session, got *vault.Fetched, handed string, keys []age.Identity) error {
		who, err := vault.Open(got, handed, keys)
		if err != nil {
			return err
		}
		c.warn(c.say("sealed for %s; SHA-256 %s", "所属事项 %s；SHA-256 %s", got.Ref, vault.Digest(got.Body)))
		_, err = fmt.Fprintln(c.Out, strings.TrimRight(who, "\n"))
		return err
	})
}

type custodianResplitCmd struct {
	both
	pinned
	ID string `arg:"" help:"The sealed identity." zh:"密封身份的标识。"`
}

// Run splits an identity's key anew.
func (x *custodianResplitCmd) Run(c *call) error {
	return x.with(c, x.ID, func(s *session, got *vault.Fetched, handed string, keys []age.Identity) error {
		list, err := x.agree(s)
		if err != nil {
			return err
		}
		shares, err := vault.Resplit(got, handed, keys, list)
		if err != nil {
			return err
		}
		if err := s.call(http.MethodPost, "identities/"+url.PathEscape(x.ID)+"/shares", map[string]any{"shares": sharesOut(shares)}, nil); err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.Out, c.say("split anew among %d custodians", "已为 %d 名保管人重新拆分", len(list)))
		return err
	})
}
