package seal

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"plumbline/internal/errs"
)

// Checkpoint is the head of a log as it is signed (C2SP tlog-checkpoint): how
// many leaves there are, the root over them, and behind those, as extension
// lines, how much of each there is. A witness vouches for the first alone; the
// counts are the log's own word, which an auditor holds against the record.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   Hash
	Counts []Count
}

// Count is how much there is of something: leaves of a kind, events of a source.
type Count struct {
	Name  string
	Total int64
}

// MaxSize is how many leaves a log can have: at a thousand a second those of nine
// thousand years. Above 2^62 package tlog loops for ever, and a size is the word of
// whoever signed it.
const MaxSize = 1 << maxPath

// maxPath is how many hashes the way to a leaf can have in a log of MaxSize.
const maxPath = 48

// maxKeys is how many keys a log can have had, one after the other.
const maxKeys = 1000

// Text is what is signed.
func (c *Checkpoint) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
	for _, n := range c.Counts {
		fmt.Fprintf(&b, "count %s %d\n", n.Name, n.Total)
	}
	return b.String()
}

// ParseCheckpoint reads the text of a checkpoint. Extension lines of others are
// passed over.
func ParseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] == "" || lines[len(lines)-1] != "" {
		return c, badCheckpoint(errs.T("it isn't origin, size and root on a line each", "应依次为来源、大小、根哈希，各占一行"))
	}
	c.Origin = lines[0]
	if c.Size, err = number(lines[1]); err != nil {
		return c, badCheckpoint(errs.Tf("%.100q is no size", "%.100q 不是大小", lines[1]))
	}
	if c.Size > MaxSize {
		return c, badCheckpoint(errs.Tf("%d is more leaves than a log can have", "%d 条超出日志的上限", c.Size))
	}
	if c.Root, err = parseHash(lines[2]); err != nil {
		return c, badCheckpoint(errs.Tf("%.100q is no hash", "%.100q 不是哈希值", lines[2]))
	}
	for _, l := range lines[3 : len(lines)-1] {
		rest, ours := strings.CutPrefix(l, "count ")
		name, total, _ := strings.Cut(rest, " ")
		n, err := number(total)
		if l == "" || ours && err != nil {
			return c, badCheckpoint(errs.Tf("%.100q is no line of it", "无法识别其中一行：%.100q", l))
		}
		if ours {
			c.Counts = append(c.Counts, Count{name, n})
		}
	}
	return c, nil
}

// strict64 is base64 with one way only to write what it says: otherwise a byte could be
// changed in a file that still held.
var strict64 = base64.StdEncoding.Strict()

func parseHash(text string) (Hash, error) {
	h, err := tlog.ParseHash(text)
	if err == nil && h.String() != text {
		err = base64.CorruptInputError(len(text) - 2)
	}
	return h, err
}

// number reads a decimal as C2SP writes it: no sign, no zeroes in front.
func number(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil && (n < 0 || strconv.FormatInt(n, 10) != s) {
		err = strconv.ErrSyntax
	}
	return n, err
}

func badCheckpoint(what errs.Text) error {
	return &errs.Error{Code: errs.Input, What: errs.T("this is no checkpoint: "+what.En, "不是有效的检查点："+what.Zh),
		Next: errs.T("get it again from where it came from", "请重新获取")}
}

// Sign signs a checkpoint with one key, or with several while one follows
// another.
func Sign(c *Checkpoint, keys ...note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: c.Text()}, keys...)
}

// Signed is a checkpoint with who signed it, of those that were asked about.
type Signed struct {
	Checkpoint
	Note     []byte // as it was read
	Keys     []string
	Cosigned []Cosigned
}

// CheckKeys refuses what is no public key of a log.
func CheckKeys(keys []string) error {
	for _, k := range keys {
		if _, err := logKey(k); err != nil {
			return err
		}
	}
	return nil
}

func logKey(text string) (note.Verifier, error) {
	v, err := note.NewVerifier(text)
	if err == nil {
		key, ours := strings.CutPrefix(text, fmt.Sprintf("%s+%08x+", v.Name(), v.KeyHash()))
		if _, err = strict64.DecodeString(key); !ours {
			err = strconv.ErrSyntax
		}
	}
	if err != nil {
		return nil, &errs.Error{Code: errs.Usage, Err: err, What: errs.Tf("%.100q is no key of a log", "%.100q 不是日志公钥", text), Next: keyShape}
	}
	return v, nil
}

// Open reads a signed checkpoint. One of the log's keys must have signed it;
// which of the witnesses did is told. A bad signature in the name of any of them
// is an error, and so is another log's checkpoint.
func Open(msg []byte, keys, witnesses []string) (*Signed, error) {
	if len(keys) > maxKeys {
		return nil, &errs.Error{Code: errs.Input, What: errs.Tf("%d keys are given, and a log has %d at most", "给出了 %d 个公钥，而日志最多有 %d 个", len(keys), maxKeys),
			Next: errs.T("give the key of the log: --key NAME+HASH+KEY", "请提供日志公钥：--key 名称+哈希+公钥")}
	}
	var known []note.Verifier
	var origin string
	for _, k := range keys {
		v, err := logKey(k)
		if err != nil {
			return nil, err
		}
		known, origin = append(known, v), v.Name()
	}
	watch := map[string]*Witness{}
	for _, k := range witnesses {
		w, err := ParseWitness(k)
		if err != nil {
			return nil, err
		}
		watch[w.Name()], known = w, append(known, w)
	}
	n, err := note.Open(msg, note.VerifierList(known...))
	switch e := err.(type) {
	case nil:
	case *note.UnverifiedNoteError:
		return nil, notSigned(e.Note)
	case *note.InvalidSignatureError:
		return nil, &errs.Error{Code: errs.Input, What: errs.Tf("the signature of %.100s is false", "%.100s 的签名无效", e.Name), Next: suspect}
	default:
		return nil, badCheckpoint(errs.Tf("%.100v", "%.100v", err))
	}
	for _, sig := range append(n.Sigs, n.UnverifiedSigs...) {
		if _, err := strict64.DecodeString(sig.Base64); err != nil {
			return nil, badCheckpoint(errs.Tf("the signature of %.100s can't be read", "%.100s 的签名无法读取", sig.Name))
		}
	}
	s := &Signed{Note: msg}
	if s.Checkpoint, err = ParseCheckpoint(n.Text); err != nil {
		return nil, err
	}
	for _, sig := range n.Sigs {
		if w := watch[sig.Name]; w != nil && w.KeyHash() == sig.Hash {
			s.Cosigned = append(s.Cosigned, Cosigned{w.Key(), timeOf(sig)})
			continue
		}
		for i, v := range known[:len(keys)] {
			if v.Name() == sig.Name && v.KeyHash() == sig.Hash {
				s.Keys = append(s.Keys, keys[i])
			}
		}
	}
	if len(s.Keys) == 0 {
		return nil, notSigned(n)
	}
	if s.Origin != origin {
		return nil, &errs.Error{Code: errs.Input, What: errs.Tf("this is a checkpoint of %.100s, and the key is of %.100s", "检查点属于 %.100s，密钥属于 %.100s", s.Origin, origin),
			Next: errs.T("give the key of that log", "请提供该日志的公钥")}
	}
	return s, nil
}

func notSigned(n *note.Note) error {
	var by []string
	for i, s := range append(n.Sigs, n.UnverifiedSigs...) {
		if i == 5 { // of a hundred that there may be
			by = append(by, "…")
			break
		}
		by = append(by, fmt.Sprintf("%.100s+%08x", s.Name, s.Hash))
	}
	return &errs.Error{Code: errs.Input, What: errs.Tf("none of the keys that you trust has signed this checkpoint; it bears the names %s", "所信任的密钥均未签署此检查点；其签名为 %s", strings.Join(by, ", ")), Next: suspect}
}

var (
	suspect  = errs.T("ask the agency for its key by another way; if this is the right one, the log was changed", "请通过其他途径向该单位核对公钥；若公钥无误，则日志已被改动")
	keyShape = errs.T("write it as it was printed: NAME+HASH+KEY", "请按原样填写：名称+哈希+公钥")
)

// Origin is the name of the log that a checkpoint, whoever signed it, says it is
// of.
func Origin(msg []byte) string {
	line, _, _ := strings.Cut(string(msg), "\n")
	return line
}
