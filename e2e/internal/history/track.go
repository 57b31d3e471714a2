package history

import "time"

// Track is one object through time: what it is now and what it was a short while ago. A controller acts on what it saw
// last, so an action is judged against every version that it may have seen.
type Track[T any] struct {
	Now  *T
	past []version[T]
}

type version[T any] struct {
	object *T
	until  time.Time
}

// keep is how long past versions are remembered: longer than any window that is asked for.
const keep = time.Minute

func (t *Track[T]) set(object *T, at time.Time) {
	for len(t.past) > 0 && at.Sub(t.past[0].until) > keep {
		t.past = t.past[1:]
	}
	if t.Now != nil {
		t.past = append(t.past, version[T]{t.Now, at})
	}
	t.Now = object
}

// Recent returns what the object is and was within the window before at, newest first; nothing if it was not there.
func (t *Track[T]) Recent(at time.Time, window time.Duration) []*T {
	if t == nil {
		return nil
	}
	var out []*T
	if t.Now != nil {
		out = append(out, t.Now)
	}
	for i := len(t.past) - 1; i >= 0 && at.Sub(t.past[i].until) <= window; i-- {
		out = append(out, t.past[i].object)
	}
	return out
}
