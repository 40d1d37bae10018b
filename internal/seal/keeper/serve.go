package keeper

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"plumbline/internal/clock"
	"plumbline/internal/errs"
	"plumbline/internal/seal"
)

// Checkpoint is the checkpoint that is shown to everybody: the last that
// witnesses cosigned, as long as their word is fresh, else the last that was
// signed. It is nil before the first.
func (k *Keeper) Checkpoint(ctx context.Context) ([]byte, error) {
	signed, cosigned, err := k.opt.Store.Checkpoints(ctx)
	if err == nil && cosigned != nil && k.Vouched() {
		return cosigned, nil
	}
	return signed, err
}

// Handler serves the log below /log/: checkpoint, key and tiles. There is
// nothing in it from which anybody learns what the record holds, so everybody may
// read it.
func (k *Keeper) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, kind, err := k.file(r.Context(), strings.TrimPrefix(r.URL.Path, "/log/"))
		if errors.Is(err, seal.ErrNoFile) {
			http.Error(w, "there is no such file of the log", http.StatusNotFound)
			return
		}
		if err != nil {
			k.opt.Log.Error("a file of the log can't be served", "error", err.Error())
			http.Error(w, "a fault of the program", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", kind)
		if kind == ofBytes { // tiles never change
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		_, _ = w.Write(body) // a caller that is gone is no fault
	})
}

const (
	ofText  = "text/plain; charset=utf-8"
	ofBytes = "application/octet-stream"
)

// file is a file of the log by its path below the prefix.
func (k *Keeper) file(ctx context.Context, path string) (body []byte, kind string, err error) {
	switch path {
	case "checkpoint":
		body, err = k.Checkpoint(ctx)
		if err == nil && body == nil {
			err = seal.ErrNoFile
		}
		return body, ofText, err
	case "key":
		return []byte(strings.Join(k.opt.Keys, "\n") + "\n"), ofText, nil
	}
	level, number, width, ok := seal.ParseTilePath(path)
	if !ok {
		return nil, "", seal.ErrNoFile
	}
	if level < 0 {
		entries, err := k.opt.Store.SealEntries(ctx, number*seal.TileWidth, width)
		if err == nil && len(entries) < width {
			err = seal.ErrNoFile
		}
		return seal.Bundle(entries), ofBytes, err
	}
	hashes, err := k.opt.Store.SealTile(ctx, level, number)
	if size := width * len(seal.Hash{}); err == nil && len(hashes) < size {
		err = seal.ErrNoFile
	} else if err == nil {
		hashes = hashes[:size]
	}
	return hashes, ofBytes, err
}

// ProveFinding proves that a finding is in the log as it stands.
func (k *Keeper) ProveFinding(ctx context.Context, id string) ([]byte, error) {
	return k.prove(ctx, func() (int64, seal.Opening, error) { return k.opt.Store.OpenFinding(ctx, id) })
}

// ProveMove proves that a move of a finding's item is in the log.
func (k *Keeper) ProveMove(ctx context.Context, finding string, number int64) ([]byte, error) {
	return k.prove(ctx, func() (int64, seal.Opening, error) { return k.opt.Store.OpenMove(ctx, finding, number) })
}

// ProveFile proves that a file, by its hash, was attached when the log says.
func (k *Keeper) ProveFile(ctx context.Context, hash string) ([]byte, error) {
	return k.prove(ctx, func() (int64, seal.Opening, error) { return k.opt.Store.OpenFile(ctx, hash) })
}

// ProveEvent proves that an event is in the log. Received is when it was taken, 0
// where that isn't known.
func (k *Keeper) ProveEvent(ctx context.Context, source int64, id string, received clock.Instant) ([]byte, error) {
	return k.prove(ctx, func() (int64, seal.Opening, error) { return k.opt.Store.OpenEvent(ctx, source, id, received) })
}

// prove makes a proof, and checks it before it is given to anybody.
func (k *Keeper) prove(ctx context.Context, open func() (int64, seal.Opening, error)) ([]byte, error) {
	leaf, o, err := open()
	if err != nil {
		return nil, err
	}
	head, err := k.covering(ctx, leaf)
	if err != nil {
		return nil, err
	}
	p := &seal.Proof{Index: leaf, Checkpoint: head.Note, Opening: o}
	p.Opening.Keys = k.opt.Keys
	if p.Path, err = seal.Path(head.Size, leaf, k.tiles(ctx)); err != nil {
		return nil, err
	}
	if _, err := p.Check(k.opt.Keys, k.witnessKeys()); err != nil {
		return nil, err
	}
	return p.Format(), nil
}

// covering is a checkpoint of a log that has a leaf: one that was cosigned, if
// there is one; else the last that was signed, after signing where that is too
// short.
func (k *Keeper) covering(ctx context.Context, leaf int64) (*seal.Signed, error) {
	_, cosigned, err := k.opt.Store.Checkpoints(ctx)
	if err != nil {
		return nil, err
	}
	if cosigned != nil {
		c, err := seal.Open(cosigned, k.opt.Keys, k.witnessKeys())
		if err == nil && c.Size > leaf && len(c.Cosigned) > 0 {
			return c, nil
		}
	}
	if err := k.Sign(ctx); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.signed == nil || k.signed.Size <= leaf {
		return nil, &errs.Error{Code: errs.Internal, What: errs.Tf("leaf %d isn't signed", "第 %d 条尚未签署", leaf)}
	}
	return k.signed, nil
}
