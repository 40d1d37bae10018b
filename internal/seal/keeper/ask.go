package keeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"plumbline/internal/errs"
	"plumbline/internal/seal"
)

// witness is who is asked, and what it last said.
type witness struct {
	Witness
	name    string
	size    int64 // that it has seen, as far as we know
	at      time.Time
	line    string // its last cosignature, under the checkpoint of size
	problem error
	denies  bool // problem is that it has seen another log than this
	asked   bool // since the start
}

// errDenied is that a witness doesn't cosign since it has seen another log of this
// name: a longer one, or one with another beginning.
var errDenied = errors.New("a witness has seen another log")

// heard takes from a cosigned checkpoint what a witness said of it.
func (w *witness) heard(c *seal.Signed) {
	for _, s := range c.Cosigned {
		if s.Key == w.Key {
			w.size, w.at, w.problem, w.denies = c.Size, s.At, nil, false
		}
	}
}

// Ask asks each witness to cosign the last checkpoint, where it hasn't, or not
// lately, or wasn't asked since the start: what the record says that a witness said
// may have been put back with the rest of it.
func (k *Keeper) Ask(ctx context.Context) {
	k.mu.Lock()
	head := k.signed
	k.mu.Unlock()
	if head == nil {
		return
	}
	lines := []byte(nil)
	for _, w := range k.witnesses {
		k.mu.Lock()
		due, old, was := !w.asked || w.size != head.Size || w.problem != nil || k.opt.Now().Sub(w.at).Abs() >= askAgain, w.size, w.problem
		kept := w.line
		k.mu.Unlock()
		if !due {
			lines = append(lines, kept...)
			continue
		}
		line, err := k.askOne(ctx, w, head, old)
		k.mu.Lock()
		w.asked = true
		w.denies = w.denies || errors.Is(err, errDenied) // until it cosigns: that it can't be reached takes nothing back
		if w.problem = err; err == nil {
			w.line = line
			lines = append(lines, line...)
		}
		k.mu.Unlock()
		if err != nil && ctx.Err() == nil && (was == nil || was.Error() != err.Error()) {
			k.opt.Log.Warn("a witness doesn't cosign", "witness", w.name, "error", err.Error())
		}
	}
	if len(lines) == 0 {
		return
	}
	msg := append(bytes.Clone(head.Note), lines...)
	cosigned, err := seal.Open(msg, k.opt.Keys, k.witnessKeys())
	if err == nil {
		err = k.opt.Store.SaveCheckpoint(ctx, true, k.now(), head.Size, msg)
	}
	if err != nil {
		k.opt.Log.Error("a cosigned checkpoint can't be kept", "error", err.Error())
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, w := range k.witnesses {
		w.heard(cosigned)
	}
}

// askOne asks one witness (C2SP tlog-witness) and gives its line, verified. One
// that has seen another size than we thought is asked once more from there.
func (k *Keeper) askOne(ctx context.Context, w *witness, head *seal.Signed, old int64) (string, error) {
	for again := false; ; again = true {
		answer, seen, err := k.post(ctx, w, head, old)
		switch {
		case err != nil:
			return "", err
		case seen < 0:
			return k.verified(w, head, answer)
		case seen > head.Size:
			return "", &errs.Error{Code: errs.Input, Err: errDenied, What: errs.Tf("the witness %s has seen %d leaves, and this log has %d: an old state of the record was put back", "见证方 %s 已见证 %d 条，而本日志只有 %d 条：恢复了旧的记录", w.name, seen, head.Size),
				Next: errs.T("find out who did it; the witness has the last checkpoint", "请查明原因；见证方存有最近的检查点")}
		case again || seen == old:
			return "", &errs.Error{Code: errs.Input, Err: errDenied, What: errs.Tf("the witness %s has seen another log of this name with %d leaves", "见证方 %s 见证过同名的另一份日志，有 %d 条", w.name, seen),
				Next: errs.T("two logs sign with one key: find out where the other is", "有两份日志使用同一密钥：请查明另一份的来源")}
		}
		old = seen
	}
}

// post sends a checkpoint with the proof that it follows from an older size. Seen
// is what the witness has seen where that is another size, else -1.
func (k *Keeper) post(ctx context.Context, w *witness, head *seal.Signed, old int64) (answer []byte, seen int64, err error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", old)
	if old > 0 && old < head.Size {
		proof, err := tlog.ProveTree(head.Size, old, seal.Hashes(k.tiles(ctx)))
		if err != nil {
			return nil, 0, err
		}
		for _, h := range proof {
			fmt.Fprintln(&b, h)
		}
	}
	b.WriteByte('\n')
	b.Write(head.Note)
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(w.URL, "/")+"/add-checkpoint", &b)
	if err != nil {
		return nil, 0, err
	}
	r, err := k.opt.Client.Do(q)
	if err != nil {
		cause := err
		if u := (*url.Error)(nil); errors.As(err, &u) { // it says the address again
			cause = u.Err
		}
		return nil, 0, &errs.Error{Code: errs.Input, Err: err, What: errs.Tf("the witness %s can't be reached: %.100v", "无法连接见证方 %s：%.100v", w.name, cause),
			Next: errs.T("check its address, and that it runs", "请检查其地址以及是否运行")}
	}
	defer r.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return nil, 0, err
	}
	switch {
	case r.StatusCode == http.StatusOK:
		return answer, -1, nil
	case r.StatusCode == http.StatusConflict && strings.HasPrefix(r.Header.Get("Content-Type"), "text/x.tlog.size"):
		seen, err := strconv.ParseInt(strings.TrimSpace(string(answer)), 10, 64)
		if err == nil && seen >= 0 {
			return nil, seen, nil
		}
	}
	var denied error
	if r.StatusCode == http.StatusConflict || r.StatusCode == http.StatusUnprocessableEntity {
		denied = errDenied
	}
	return nil, 0, &errs.Error{Code: errs.Input, Err: denied, What: errs.Tf("the witness %s doesn't cosign (%.100s): %.100s", "见证方 %s 未予会签（%.100s）：%.100s", w.name, r.Status, strings.TrimSpace(string(answer))),
		Next: errs.T("ask whoever runs it; where it says that the log isn't consistent, the record was changed", "请联系见证方；若其指出日志不一致，则记录已被改动")}
}

// verified is the line of a witness's answer that is its own.
func (k *Keeper) verified(w *witness, head *seal.Signed, answer []byte) (string, error) {
	for line := range strings.Lines(string(answer)) {
		if !strings.HasPrefix(line, "— "+w.name+" ") {
			continue
		}
		c, err := seal.Open(append(bytes.Clone(head.Note), line...), k.opt.Keys, []string{w.Key})
		if err == nil && len(c.Cosigned) == 1 {
			return line, nil
		}
	}
	return "", &errs.Error{Code: errs.Input, What: errs.Tf("the answer of the witness %s bears no signature of its key", "见证方 %s 的回复没有其密钥的签名", w.name),
		Next: errs.T("ask it for its key, and configure that", "请向其核对公钥并更新配置")}
}
