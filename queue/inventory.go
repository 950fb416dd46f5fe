package queue

import "sync"

// inventory knows the River jobs that a life runs.
type inventory struct {
	mu   sync.Mutex
	jobs map[int64]struct{}
}

func newInventory() *inventory {
	return &inventory{jobs: make(map[int64]struct{})}
}

func (i *inventory) add(job int64) {
	i.mu.Lock()
	defer i.mu.Unlock()

	i.jobs[job] = struct{}{}
}

func (i *inventory) remove(job int64) {
	i.mu.Lock()
	defer i.mu.Unlock()

	delete(i.jobs, job)
}

// list is never nil, because a nil array means unknown to the database.
func (i *inventory) list() []int64 {
	i.mu.Lock()
	defer i.mu.Unlock()

	jobs := make([]int64, 0, len(i.jobs))
	for job := range i.jobs {
		jobs = append(jobs, job)
	}

	return jobs
}
