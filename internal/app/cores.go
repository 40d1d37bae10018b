package app

import (
	"os"
	"runtime"
	"sync"
)

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
