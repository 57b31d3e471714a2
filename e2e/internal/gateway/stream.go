package gateway

import (
	"io"
	"sync"
	"time"
)

// stream is a watch's body, later than it comes in and for a limited time.
type stream struct {
	body   io.ReadCloser
	chunks chan chunk
	rest   chunk
	end    <-chan time.Time
	closed chan struct{}
	once   sync.Once
}

type chunk struct {
	due   time.Time
	bytes []byte
	err   error
}

// newStream delays what body brings by lag and breaks it off after life, if that is not zero.
func newStream(body io.ReadCloser, lag, life time.Duration) io.ReadCloser {
	// A watch brings a few kilobytes for each change; as much as this holds is as much as is read ahead.
	s := &stream{body: body, chunks: make(chan chunk, 1<<14), closed: make(chan struct{})}
	if life > 0 {
		s.end = time.After(life)
	}
	go func() {
		buffer := make([]byte, 1<<16)
		for {
			n, err := body.Read(buffer)
			c := chunk{due: time.Now().Add(lag), bytes: append([]byte(nil), buffer[:n]...), err: err}
			select {
			case s.chunks <- c:
			case <-s.closed:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return s
}

func (s *stream) Read(out []byte) (int, error) {
	if len(s.rest.bytes) == 0 && s.rest.err == nil {
		select {
		case s.rest = <-s.chunks:
		case <-s.end:
			return 0, io.ErrUnexpectedEOF
		case <-s.closed:
			return 0, io.ErrClosedPipe
		}
		select {
		case <-time.After(time.Until(s.rest.due)):
		case <-s.end:
			return 0, io.ErrUnexpectedEOF
		case <-s.closed:
			return 0, io.ErrClosedPipe
		}
	}
	n := copy(out, s.rest.bytes)
	s.rest.bytes = s.rest.bytes[n:]
	if len(s.rest.bytes) == 0 && s.rest.err != nil {
		return n, s.rest.err
	}
	return n, nil
}

func (s *stream) Close() error {
	s.once.Do(func() { close(s.closed) })
	return s.body.Close()
}
