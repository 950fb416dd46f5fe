package queue

// signal tells tests of something that happened inside. Until init is called,
// which only tests do, send does nothing.
type signal[T any] struct{ ch chan T }

const signalBuffer = 100

func (s *signal[T]) init() { s.ch = make(chan T, signalBuffer) }

// send never blocks: what a test doesn't read in time is dropped.
func (s *signal[T]) send(value T) {
	select {
	case s.ch <- value: // a nil channel is never ready
	default:
	}
}

// testSignals are for tests only.
type testSignals struct {
	began      signal[string]          // a life began under this id
	beat       signal[beatResult]      // a beat succeeded
	fenced     signal[error]           // a life was lost for this reason
	mended     signal[mendResult]      // a slice was mended
	reconciled signal[reconcileResult] // own River rows were compared with memory
	retired    signal[string]          // this id was retired by its own worker
	swept      signal[sweepResult]     // a sweep was done
}

func (ts *testSignals) init() {
	ts.began.init()
	ts.beat.init()
	ts.fenced.init()
	ts.mended.init()
	ts.reconciled.init()
	ts.retired.init()
	ts.swept.init()
}
