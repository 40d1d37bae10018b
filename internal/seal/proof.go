package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/bits"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
)

// ProofHead is the first line of a proof (C2SP tlog-proof).
const ProofHead = "c2sp.org/tlog-proof@v1"

// Proof shows alone that a leaf is in the log, and an event in the leaf of its
// batch.
type Proof struct {
	Index      int64
	Path       []Hash
	Checkpoint []byte // signed
	Opening    Opening
}

// Opening opens the commitments of a leaf, in the extra data of a proof. It is
// believed only as far as hashes bear it out; the keys are for whoever has none
// that is better.
type Opening struct {
	Keys  []string      `json:"keys"`
	Kind  string        `json:"kind"`
	Ref   string        `json:"ref"`
	At    clock.Instant `json:"at"`
	Salt  []byte        `json:"salt"`
	Body  []byte        `json:"body"`
	Event *EventOpening `json:"event,omitempty"`
}

// EventOpening opens the commitment of one event in a batch.
type EventOpening struct {
	Text  string   `json:"text"` // as AppendEvent writes it
	Salt  []byte   `json:"salt"`
	Index int64    `json:"index"`
	Path  [][]byte `json:"path"`
}

// Format writes a proof as a file.
func (p *Proof) Format() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%s\nindex %d\n", ProofHead, p.Opening.line(), p.Index)
	for _, h := range p.Path {
		fmt.Fprintln(&b, h)
	}
	b.WriteByte('\n')
	b.Write(p.Checkpoint)
	return b.Bytes()
}

// line is the opening as a proof's line of extra data.
func (o *Opening) line() string {
	extra, err := json.Marshal(o)
	if err != nil {
		panic("seal: a proof: " + err.Error()) // texts and bytes
	}
	return "extra " + base64.StdEncoding.EncodeToString(extra)
}

// ParseProof reads what Format wrote, or what another log did, without opening.
func ParseProof(text []byte) (*Proof, error) {
	head, checkpoint, ok := strings.Cut(string(text), "\n\n")
	lines := strings.SplitN(head, "\n", 4+maxPath) // one more than there can be
	if !ok || lines[0] != ProofHead {
		return nil, badProof(errs.T("it doesn't begin as one", "开头不符"))
	}
	p, lines := &Proof{Checkpoint: []byte(checkpoint)}, lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		raw, err := base64.StdEncoding.DecodeString(lines[0][len("extra "):])
		if err == nil {
			err = json.Unmarshal(raw, &p.Opening)
		}
		if err != nil || p.Opening.line() != lines[0] { // what Format doesn't write was changed, were it but a letter that says the same
			return nil, badProof(errs.T("its line extra can't be read", "extra 行无法读取"))
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || len(lines) > 1+maxPath {
		return nil, badProof(errs.T("it has no line index, or too many", "缺少 index 行，或行数过多"))
	}
	digits, ok := strings.CutPrefix(lines[0], "index ")
	var err error
	if p.Index, err = number(digits); !ok || err != nil || p.Index >= MaxSize {
		return nil, badProof(errs.T("its line index can't be read", "index 行无法读取"))
	}
	for _, l := range lines[1:] {
		h, err := parseHash(l)
		if err != nil {
			return nil, badProof(errs.Tf("%.100q is no hash", "%.100q 不是哈希值", l))
		}
		p.Path = append(p.Path, h)
	}
	return p, nil
}

func badProof(what errs.Text) error {
	return &errs.Error{Code: errs.Input, What: errs.T("this is no proof: "+what.En, "不是有效的证明文件："+what.Zh), Next: errs.T("get it again from where it came from", "请重新获取")}
}

// Check holds a proof against the keys of its log; where none is given, against
// those that it brings itself, which proves nothing about whose log it is.
func (p *Proof) Check(keys, witnesses []string) (*Signed, error) {
	if len(keys) == 0 {
		keys = p.Opening.Keys
	}
	s, err := Open(p.Checkpoint, keys, witnesses)
	if err != nil {
		return nil, err
	}
	o := &p.Opening
	if len(o.Salt) != len(Salt{}) {
		return nil, unproven(errs.T("the salt isn't 16 bytes", "盐值不是 16 字节"))
	}
	entry := Entry(Salt(o.Salt), o.At, o.Kind, o.Ref, BodyHash(o.Body))
	if len(p.Path) > bits.Len64(uint64(s.Size)) || tlog.CheckRecord(p.Path, s.Size, s.Root, p.Index, LeafHash(entry)) != nil {
		return nil, unproven(errs.Tf("%.100s %.100s, as it is given here, isn't what leaf %d of the log commits to", "此处的 %.100s %.100s 与日志第 %d 条所承诺的内容不符", o.Kind, o.Ref, p.Index))
	}
	return s, o.event()
}

// maxEvents is how many events a batch can have, far above any that was sealed.
const maxEvents = 1 << 31

// event holds an event against the root in its batch.
func (o *Opening) event() error {
	if o.Event == nil {
		return nil
	}
	if o.Kind != "segment" { // a body of another kind may be somebody's own words
		return unproven(errs.Tf("a %.100s has no events", "%.100s 中没有事件", o.Kind))
	}
	var b Batch
	if err := json.Unmarshal(o.Body, &b); err != nil || len(b.Root) != hashSize || b.Events < 1 || int64(b.Events) > maxEvents {
		return unproven(errs.T("the batch of the event can't be read", "事件所在批次无法读取"))
	}
	path := make([]Hash, len(o.Event.Path))
	for i, h := range o.Event.Path {
		if len(h) != hashSize {
			return unproven(errs.T("the way to the event's batch has something that is no hash", "事件路径中有无效哈希"))
		}
		path[i] = Hash(h)
	}
	leaf := tlog.RecordHash(append(bytes.Clone(o.Event.Salt), o.Event.Text...))
	if len(o.Event.Salt) != len(Salt{}) || !b.Shape.Holds(path, int64(b.Events), o.Event.Index, leaf, Hash(b.Root)) {
		return unproven(errs.Tf("the event, as it is given here, isn't event %d of its batch", "此处的事件与批次中第 %d 条不符", o.Event.Index+1))
	}
	return nil
}

// CheckOlder holds the checkpoint of a proof against those that the log gave before, as
// far as can be said without the log: of one that isn't as long nothing can.
func (p *Proof) CheckOlder(head *Signed, trust Trust) error {
	if len(trust.Keys) == 0 {
		trust.Keys = p.Opening.Keys
	}
	for _, msg := range trust.Older {
		old, err := openOlder(msg, trust.Keys)
		if err != nil {
			return err
		}
		if old.Size != head.Size {
			return &errs.Error{Code: errs.Usage, What: errs.Tf("the proof holds, but a proof alone can't be held against an older checkpoint of another size: that one has %d leaves, and the proof's has %d", "证明成立，但单凭证明无法与大小不同的先前检查点比对：后者为 %d 条，证明中的检查点为 %d 条", old.Size, head.Size),
				Next: errs.T("verify the log, a copy of it or the record with --older", "请用 --older 校验日志、日志副本或记录")}
		}
		if old.Root != head.Root {
			return Mismatch(errs.Tf("an older checkpoint of %d leaves has the root %s, and the proof's has %s: there are two logs, or this one was changed", "先前 %d 条的检查点根哈希为 %s，证明中的检查点为 %s：存在两份日志，或日志已被改动", old.Size, old.Root, head.Root))
		}
	}
	return nil
}

func unproven(what errs.Text) error {
	return &errs.Error{Code: errs.Input, What: errs.T("this proves nothing: "+what.En, "证明不成立："+what.Zh),
		Next: errs.T("what it shows was changed, or the proof was; get both again from the log", "所示内容或证明已被改动；请从日志重新获取")}
}
