package service

// queue is what waits for the judge. Who sends a single event doesn't wait until a
// file's next thousands are judged and written: what is short goes first, and of what
// is long no more is taken at once than what a short one can well wait for. All of it
// waits for its answer, so none must come before another; a change of the packs, or an
// erasure, comes after what came before it.
type queue struct {
	short, long []*ask
	change      *ask
	shorts      bool  // the last batch was of short ones: long ones have their turn, too
	most        int   // events of long asks in the next batch, where one ask alone isn't more; 0: maxBatch
	brief       int64 // until when what is written at once is kept brief, as short asks come
}

const (
	// maxBatch is how many events of long asks the judge takes at once at most: enough
	// that the disk's waiting is shared.
	maxBatch = 4000
	// batchTime is how long a batch may take to be judged and written, µs, while only long
	// asks come. Old events that come in no order change many verdicts each, and take ten
	// times as long as new ones.
	batchTime = 28_000
	// briefTime is the same while short asks come, too: each waits for two or three batches.
	// The longer a batch takes, the more is written in a second, so they are this brief only
	// while somebody gains by it.
	briefTime = 2_000
	// briefFor is how long after a short ask others are thought to come, µs. The first after
	// that waits for longer batches than those that follow it.
	briefFor = 10_000_000
	// lines is how many events come at most from somebody who waits for the answer and
	// doesn't load a file.
	lines = 64
)

// empty says that nothing waits.
func (q *queue) empty() bool { return len(q.short)+len(q.long) == 0 && q.change == nil }

// add puts an ask into its place.
func (q *queue) add(a *ask) {
	switch {
	case a.alone():
		q.change = a
	case a.short():
		q.short = append(q.short, a)
	default:
		q.long = append(q.long, a)
	}
}

// gather takes in what has come, up to a change.
func (q *queue) gather(asks <-chan *ask) {
	for n := 0; q.change == nil && n < cap(asks); n++ { // who sends faster than that isn't waited for
		select {
		case a := <-asks:
			q.add(a)
		default:
			return
		}
	}
}

// next is the next batch, nil where nothing waits. Short ones go by themselves, and long
// ones have every other turn; what is short and waits then goes with them, since the disk
// is waited for once in any case.
func (q *queue) next() []*ask {
	if q.shorts = len(q.short) > 0 && !(q.shorts && len(q.long) > 0); q.shorts {
		return first(&q.short, maxBatch)
	}
	if len(q.long) > 0 {
		if q.most == 0 {
			q.most = maxBatch
		}
		batch := first(&q.long, q.most)
		if len(q.short) > 0 {
			batch = append(first(&q.short, maxBatch), batch...)
		}
		return batch
	}
	if q.change == nil {
		return nil
	}
	batch := []*ask{q.change}
	q.change = nil
	return batch
}

// few is what is short and waits, no more than goes with many others; nil where nothing
// does. It takes nobody's turn.
func (q *queue) few() []*ask {
	if len(q.short) == 0 {
		return nil
	}
	return first(&q.short, lines)
}

// took notes when the last batch was judged, µs, and how long it is written for each
// event: the next one is as large as takes so long as is given.
func (q *queue) took(batch []*ask, began, ended int64, writing float64) (room int64) {
	events := 0
	for _, a := range batch {
		if events += len(a.in); a.short() {
			q.brief = ended + briefFor
		}
	}
	if room = batchTime; ended < q.brief {
		room = briefTime
	}
	micros := ended - began + int64(writing*float64(events))
	if events > lines && !q.shorts {
		could := maxBatch
		if micros > 0 {
			could = int(min(maxBatch, max(lines, int64(events)*room/micros)))
		}
		q.most = (q.most + could) / 2
	}
	return room
}

// first takes the first asks out of a list: one, and as many more as make a batch.
func first(list *[]*ask, most int) []*ask {
	n, events := 0, 0
	for _, a := range *list {
		if n > 0 && events+len(a.in) > most {
			break
		}
		n, events = n+1, events+len(a.in)
	}
	batch := (*list)[:n:n]
	if *list = (*list)[n:]; len(*list) == 0 {
		*list = nil
	}
	return batch
}
