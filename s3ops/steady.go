package s3ops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const (
	// maxBreaks is how often in a row a body may break without enough arriving
	// in between.
	maxBreaks   = 5
	enoughBytes = 256 << 10
	copyBuffer  = 256 << 10              // bytes read at once
	firstPause  = 500 * time.Millisecond // at most, after a first break; each further one doubles it
)

// steady is a stretch of an object that goes on at the byte reached when its
// connection breaks. Its error is io.EOF only after the last byte.
type steady struct {
	*reading
	ctx     context.Context
	body    io.ReadCloser // nil: to be opened
	at, end int64         // next byte, and the one after the last; end -1: not announced
	breaks  int           // since mark
	mark    int64
}

func (s *steady) Read(p []byte) (int, error) {
	for {
		if s.end >= 0 && s.at >= s.end {
			return 0, io.EOF
		}
		if s.body == nil {
			if err := s.open(); err != nil {
				return 0, err
			}
		}
		n, err := s.body.Read(p)
		s.at += int64(n)
		switch {
		case s.end >= 0 && s.at > s.end:
			return 0, fmt.Errorf("%w: more bytes than announced", errMismatch)
		case err == nil, err == io.EOF && (s.end < 0 || s.at == s.end):
			return n, err
		}
		s.body.Close()
		s.body = nil
		if err := s.again(err); err != nil {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
}

// again waits before the rest is asked for anew, or gives the reason up.
func (s *steady) again(err error) error {
	if s.ctx.Err() != nil {
		return s.ctx.Err()
	}
	if s.at-s.mark >= enoughBytes {
		s.breaks, s.mark = 0, s.at
	}
	if s.breaks++; s.breaks > maxBreaks {
		return s.missing(err)
	}
	most := s.pause << (s.breaks - 1)
	d := most/2 + rand.N(most/2+1)
	tellPause(s.ctx, Pause{For: d, Why: why(err)})
	return pause(s.ctx, d)
}

// missing is the error of a body that ended too soon, whatever ended it.
func (s *steady) missing(err error) error {
	if err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) || s.end < 0 {
		return err
	}
	return fmt.Errorf("%w: %d bytes are missing", errMismatch, s.end-s.at)
}

// open asks for the rest, of the same object.
func (s *steady) open() error {
	in := &s3.GetObjectInput{Bucket: &s.Bucket.name, Key: &s.key, VersionId: given(s.version), IfMatch: quoted(s.info.ETag)}
	if s.at > 0 || s.end >= 0 {
		in.Range = rangeOf(s.at, s.end)
	}
	out, err := s.get(s.ctx, s.attempt, in)
	if err != nil {
		return err
	}
	if err := s.same(in, out); err != nil {
		out.Body.Close()
		return err
	}
	s.body = out.Body
	return nil
}

// same tells whether an answer is the stretch that was asked for, of the object
// that was seen first. Not every store heeds a range or a condition.
func (s *steady) same(in *s3.GetObjectInput, out *s3.GetObjectOutput) error {
	if unquote(out.ETag) != s.info.ETag {
		return &Error{Op: s.op, Bucket: s.Bucket.name, Key: s.key, Kind: ErrChanged,
			Why: "the object was replaced while it was read", Remedy: "read it again"}
	}
	if in.Range == nil {
		return nil
	}
	var from, to int64
	got := aws.ToString(out.ContentRange)
	if n, _ := fmt.Sscanf(got, "bytes %d-%d/", &from, &to); n != 2 && s.end >= 0 {
		return s.missing(io.EOF)
	}
	if from != s.at || s.end >= 0 && to != s.end-1 || out.ContentLength != nil && *out.ContentLength != to-from+1 {
		return fmt.Errorf("%w: the store sent %q instead of %q", errMismatch, got, strings.TrimPrefix(*in.Range, "bytes="))
	}
	return nil
}

func (s *steady) Close() error {
	if s.body == nil {
		return nil
	}
	return s.body.Close()
}
