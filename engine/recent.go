package engine

// recent is a set that remembers the last keys added to it, at least
// recentKept and at most twice as many.
type recent struct {
	young, old map[int64]struct{}
}

const recentKept = 20_000

func (r *recent) add(key int64) {
	if len(r.young) >= recentKept || r.young == nil {
		r.old = r.young
		r.young = make(map[int64]struct{})
	}
	r.young[key] = struct{}{}
}

func (r *recent) has(key int64) bool {
	_, young := r.young[key]
	_, old := r.old[key]
	return young || old
}
