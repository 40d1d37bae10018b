package app

import (
	"os"
	"runtime"
	"sync"
)

// garbage is how many bytes may wait to be collected while much comes in, on a machine that
// has so many: a sixteenth. The collector takes all cores for a tenth of a second each time,
// and whoever sends a single event waits for it.
func garbage(memory uint64) uint64 {
	const least, most = 256 << 20, 1 << 30
	return min(max(memory/16, least), most)
}

// moreThreads is how many goroutines more than there are cores may run at once.
const moreThreads = 2

// cores is how many cores the service may use. Who waits for the disk, as two do most of
// the time while much comes in, goes on to count among those that run until the runtime
// looks, which is up to 10 ms: of two cores none was left then for somebody's single
// event. So as many more may run, unless GOMAXPROCS says how many shall.
var cores = sync.OnceValue(func() int {
	n := runtime.GOMAXPROCS(0)
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(n + moreThreads)
	}
	return n
})
