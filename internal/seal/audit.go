package seal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"plumbline/internal/errs"
)

// Get fetches a file of a log by its path below the log's prefix: "checkpoint",
// "key", "tile/0/000". It is ErrNoFile where there is none.
type Get func(ctx context.Context, path string) ([]byte, error)

// ErrNoFile is what Get gives for what isn't there.
var ErrNoFile = errors.New("there is no such file")

// Trust is what a log is held against: its keys, its witnesses, and checkpoints
// that it gave before.
type Trust struct {
	Keys      []string // none: those that the log itself names
	Witnesses []string
	Older     [][]byte
}

// CheckLog reads a whole log: every entry against its tile, every tile against
// the one above it, the root against the signed checkpoint, older checkpoints
// against the tree. The error names the first thing that doesn't match.
func CheckLog(ctx context.Context, get Get, trust Trust) (*Signed, error) {
	msg, err := get(ctx, "checkpoint")
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	if len(trust.Keys) == 0 {
		if trust.Keys, err = KeysOf(ctx, get); err != nil {
			return nil, err
		}
	}
	head, err := Open(msg, trust.Keys, trust.Witnesses)
	if err != nil {
		return nil, err
	}
	if err := checkTiles(ctx, get, head.Size); err != nil {
		return nil, err
	}
	read := func(level int, number int64) ([]byte, error) { return getTile(ctx, get, level, number, head.Size) }
	if err := CheckRoot(&head.Checkpoint, read); err != nil {
		return nil, err
	}
	return head, CheckOlder(head, trust, read)
}

// KeysOf are the keys that a log says it has.
func KeysOf(ctx context.Context, get Get) (keys []string, err error) {
	text, err := get(ctx, "key")
	if err != nil && !errors.Is(err, ErrNoFile) {
		return nil, err
	}
	if err != nil {
		return nil, &errs.Error{Code: errs.Usage, Err: err, What: errs.T("no key is given, and the log names none", "未提供公钥，日志也未附公钥"), Next: errs.T("give the key of the log: --key NAME+HASH+KEY", "请提供日志公钥：--key 名称+哈希+公钥")}
	}
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			keys = append(keys, string(line))
		}
	}
	return keys, nil
}

// CheckOlder holds a tree against checkpoints that were given before: what was in
// the log then must be in it now, in its place.
func CheckOlder(head *Signed, trust Trust, read ReadTile) error {
	for _, msg := range trust.Older {
		old, err := openOlder(msg, trust.Keys)
		if err != nil {
			return err
		}
		if old.Size > head.Size {
			return Mismatch(errs.Tf("an older checkpoint has %d leaves, and the log has %d: leaves were taken out, or an old state was put back", "先前的检查点有 %d 条，现日志只有 %d 条：有内容被删除，或恢复了旧状态", old.Size, head.Size))
		}
		root, err := Root(old.Size, read)
		if err != nil {
			return err
		}
		if root != old.Root {
			return Mismatch(errs.Tf("an older checkpoint of %d leaves has the root %s; in this log they have %s: there are two logs, or this one was changed", "先前 %d 条的检查点根哈希为 %s，现日志中为 %s：存在两份日志，或日志已被改动", old.Size, old.Root, root))
		}
	}
	return nil
}

// openOlder reads a checkpoint that was given before; the error says that it is of that.
func openOlder(msg []byte, keys []string) (*Signed, error) {
	old, err := Open(msg, keys, nil)
	if e := (*errs.Error)(nil); errors.As(err, &e) {
		of := *e
		of.What = errs.T("older checkpoint: "+e.What.En, "先前的检查点："+e.What.Zh)
		return nil, &of
	}
	return old, err
}

// checkTiles holds every entry against its tile and every tile against those
// below it.
func checkTiles(ctx context.Context, get Get, size int64) error {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	ahead := fetch(ctx, get, size)
	var served []byte // the tile of the entries at hand
	t := Tree{Compare: func(level int, number int64, want []byte) (err error) {
		got := served
		if level > 0 {
			if got, err = getTile(ctx, get, level, number, size); err != nil {
				return err
			}
		}
		return TileDiffers(level, number, got, want)
	}}
	for n := int64(0); n*TileWidth < size; n++ {
		p := <-<-ahead
		if p.err != nil {
			return p.err
		}
		served = p.tile
		if err := t.Add(p.hashes); err != nil {
			return err
		}
	}
	return t.End()
}

// part is a bundle of entries, hashed, and the tile that should hold the same.
type part struct {
	hashes []Hash
	tile   []byte
	err    error
}

// fetched is how many parts of a log are asked for at once.
const fetched = 16

// fetch gives the parts of a log in their order, fetching some ahead of others:
// over a long line each takes a while to come.
func fetch(ctx context.Context, get Get, size int64) <-chan chan part {
	ahead := make(chan chan part, fetched)
	go func() {
		for n := int64(0); n*TileWidth < size; n++ {
			one := make(chan part, 1)
			select {
			case ahead <- one:
			case <-ctx.Done():
				return
			}
			go func() {
				p := part{}
				if p.hashes, p.err = hashesOf(ctx, get, n, size); p.err == nil {
					p.tile, p.err = getTile(ctx, get, 0, n, size)
				}
				one <- p
			}()
		}
	}()
	return ahead
}

// hashesOf are the leaves that a bundle of entries should be.
func hashesOf(ctx context.Context, get Get, n, size int64) ([]Hash, error) {
	width := int(min(size-n*TileWidth, TileWidth))
	raw, err := getPart(ctx, get, -1, n, width)
	if err != nil {
		return nil, err
	}
	hashes := make([]Hash, 0, width)
	for len(hashes) < width {
		if len(raw) < 2 || len(raw) < 2+int(binary.BigEndian.Uint16(raw)) {
			return nil, Mismatch(errs.Tf("%s ends before entry %d", "%s 在第 %d 条之前中断", TilePath(-1, n, width), n*TileWidth+int64(len(hashes))))
		}
		end := 2 + int(binary.BigEndian.Uint16(raw))
		hashes = append(hashes, LeafHash(raw[2:end]))
		raw = raw[end:]
	}
	return hashes, nil
}

// Bundle is entries as C2SP tlog-tiles serves them.
func Bundle(entries [][]byte) []byte {
	var out []byte
	for _, e := range entries {
		out = binary.BigEndian.AppendUint16(out, uint16(len(e)))
		out = append(out, e...)
	}
	return out
}

// getTile is a tile as far as a tree of a size has it.
func getTile(ctx context.Context, get Get, level int, number, size int64) ([]byte, error) {
	width := int(min(size>>(TileHeight*level)-number*TileWidth, TileWidth))
	raw, err := getPart(ctx, get, level, number, width)
	if err == nil && len(raw) < width*hashSize {
		return nil, Mismatch(errs.Tf("%s has %d bytes and should have %d", "%s 有 %d 字节，应为 %d 字节", TilePath(level, number, width), len(raw), width*hashSize))
	}
	if err != nil {
		return nil, err
	}
	return raw[:width*hashSize], nil
}

// getPart is a tile or bundle that may be full by now.
func getPart(ctx context.Context, get Get, level int, number int64, width int) ([]byte, error) {
	path := TilePath(level, number, width)
	raw, err := get(ctx, path)
	if errors.Is(err, ErrNoFile) && width < TileWidth {
		raw, err = get(ctx, TilePath(level, number, TileWidth))
	}
	if errors.Is(err, ErrNoFile) {
		return nil, Mismatch(errs.Tf("%s is missing", "缺少 %s", path))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return raw, nil
}

// Tree is a tree that is built up again from its leaves, each tile compared with
// the one that is kept, in any number of steps.
type Tree struct {
	Compare func(level int, number int64, want []byte) error
	Size    int64
	edge    [][]byte // of each level: the tile that isn't full yet
	number  []int64
}

// Add puts leaves behind the others.
func (t *Tree) Add(leaves []Hash) error {
	for _, h := range leaves {
		t.Size++
		if err := t.put(0, h); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tree) put(level int, h Hash) error {
	if level == len(t.edge) {
		t.edge, t.number = append(t.edge, make([]byte, 0, TileWidth*hashSize)), append(t.number, 0)
	}
	t.edge[level] = append(t.edge[level], h[:]...)
	if len(t.edge[level]) < TileWidth*hashSize {
		return nil
	}
	full := t.edge[level]
	if err := t.Compare(level, t.number[level], full); err != nil {
		return err
	}
	root := TileRoot(full)
	t.edge[level], t.number[level] = full[:0], t.number[level]+1
	return t.put(level+1, root)
}

// End compares the tiles that aren't full.
func (t *Tree) End() error {
	for level, hashes := range t.edge {
		if len(hashes) > 0 {
			if err := t.Compare(level, t.number[level], hashes); err != nil {
				return err
			}
		}
	}
	return nil
}

// TileDiffers names the first hash of a tile that isn't what its leaves make of
// it; nil where all are.
func TileDiffers(level int, number int64, got, want []byte) error {
	for i := 0; i < len(want); i += hashSize {
		if i+hashSize > len(got) || !bytes.Equal(got[i:i+hashSize], want[i:i+hashSize]) {
			at := number*TileWidth + int64(i/hashSize)
			if level == 0 {
				return Mismatch(errs.Tf("leaf %d isn't what the tree holds of it (%s)", "第 %d 条与日志树不符（%s）", at, TilePath(level, number, len(want)/hashSize)))
			}
			return Mismatch(errs.Tf("the leaves from %d to %d aren't what the tree holds of them (%s)", "第 %d 条至第 %d 条与日志树不符（%s）",
				at<<(TileHeight*level), (at+1)<<(TileHeight*level)-1, TilePath(level, number, len(want)/hashSize)))
		}
	}
	return nil
}

// Mismatch is the error of what was changed since it was sealed.
func Mismatch(what errs.Text) error {
	return &errs.Error{Code: errs.Input, What: what, Next: errs.T("keep it as it is, and hold it against a backup and what the witnesses have: it was changed after it was sealed, or is damaged",
		"请原样保留，并与备份和见证方所存内容核对：该内容在存证后被改动，或已损坏")}
}

// CheckRoot says whether a tree has the root that a checkpoint says.
func CheckRoot(c *Checkpoint, read ReadTile) error {
	root, err := Root(c.Size, read)
	if err != nil {
		return err
	}
	if root != c.Root {
		return Mismatch(errs.Tf("the tree of %d leaves has the root %s, and the checkpoint says %s", "%d 条的日志根哈希为 %s，检查点为 %s", c.Size, root, c.Root))
	}
	return nil
}

// CheckFollows says whether a tree, as a log serves it, begins with a smaller
// one.
func CheckFollows(ctx context.Context, get Get, head, older *Checkpoint) error {
	read := func(level int, number int64) ([]byte, error) { return getTile(ctx, get, level, number, head.Size) }
	for _, c := range []*Checkpoint{head, older} {
		if err := CheckRoot(c, read); err != nil {
			return err
		}
	}
	return nil
}
