package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"weft/pipeline"
	"weft/s3ops"
)

func (a *app) getCommand() *cobra.Command {
	var recursive bool
	var t pipeline.Task
	c := &cobra.Command{
		Use:   "get KEY… DIR",
		Short: "Download objects",
		Long: "Downloads objects into a directory, verified, never outside it. With -r, what is\n" +
			"below the given folders is downloaded, with its paths. DIR - writes one object to\n" +
			"standard output. Nothing is overwritten unless told. What is there already with the\n" +
			"same bytes is skipped, so that after a failure the same command does only what is\n" +
			"missing. A key that cannot be a file's name is saved under one that leads back to it.",
		Example: "  weft get uploaded/single_images/denim.jpg .\n  weft get -r generated/ results\n  weft get generated/a.jpg - | feh -",
		Args:    takes(2, -1),
	}
	c.Flags().BoolVarP(&recursive, "recursive", "r", false, "download folders")
	c.Flags().BoolVar(&t.Overwrite, "overwrite", false, "replace files that are there")
	c.Flags().StringVar(&t.VersionID, "version", "", "download this version")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.keys(ctx, args[:len(args)-1])
		if err != nil {
			return err
		}
		if err := checkFolders(keys, recursive); err != nil {
			return err
		}
		dir := args[len(args)-1]
		switch {
		case t.VersionID != "" && (len(keys) > 1 || recursive):
			return usagef("--version is for one KEY")
		case dir == "-" && (len(keys) > 1 || recursive):
			return usagef("- is for one KEY: weft get KEY -")
		case dir == "-":
			return a.cat(ctx, keys[0], t.VersionID)
		}
		return a.get(ctx, keys, dir, recursive, t)
	})
	return c
}

func (a *app) get(ctx context.Context, keys []string, dir string, recursive bool, t pipeline.Task) error {
	dir = a.abs(dir)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("download: %w", err)
	}
	b, stop, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer stop()
	t.Verb, t.Dir = pipeline.Download, dir
	tasks := each(keys, func(k string) pipeline.Task {
		t.Key, t.Name = k, base(k)
		return t
	})
	if recursive {
		tasks = withoutMarkers(below(ctx, b, keys, s3ops.ListOptions{}, func(x s3ops.Object, rel string) pipeline.Task {
			t.Key, t.Name, t.Size = x.Key, rel, x.Size
			return t
		}))
	}
	if len(keys) > 1 { // of one folder each object has a file of its own
		tasks = distinct(tasks, func(t pipeline.Task) string { return t.Name })
	}
	return a.carryOut(ctx, a.doer(b), tasks, func(t pipeline.Task, o pipeline.Outcome) string {
		return b.URI(t.Key) + " → " + o.File
	})
}

func (a *app) catCommand() *cobra.Command {
	var versionID string
	c := &cobra.Command{
		Use:   "cat KEY",
		Short: "Write an object to standard output",
		Args:  takes(1, 1),
	}
	c.Flags().StringVar(&versionID, "version", "", "write this version")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.objectKeys(ctx, args)
		if err != nil {
			return err
		}
		return a.cat(ctx, keys[0], versionID)
	})
	return c
}

// cat writes an object to standard output as it is. A terminal gets only text,
// cleaned: a picture or a crafted file could do anything to it.
func (a *app) cat(ctx context.Context, key, versionID string) error {
	if err := s3ops.CheckKey(key); err != nil {
		return err
	}
	b, stop, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer stop()
	body, _, err := b.Read(s3ops.Patient(ctx, a.pausing), key, s3ops.ReadOptions{VersionID: versionID})
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	if a.out.outTTY {
		return a.catText(key, body)
	}
	if _, err = io.Copy(a.out.out, body); err != nil {
		return whileReading(key, err)
	}
	return nil
}

// whileReading names the key, unless the error does.
func whileReading(key string, err error) error {
	if _, ok := errors.AsType[*s3ops.Error](err); ok {
		return err
	}
	return fmt.Errorf("read %s: %w", key, err)
}

func (a *app) catText(key string, body io.Reader) error {
	r := bufio.NewReaderSize(body, 64<<10)
	head, err := r.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return whileReading(key, err)
	}
	if kind := http.DetectContentType(head); len(head) > 0 && !strings.HasPrefix(kind, "text/") {
		return fmt.Errorf("%s is %s, nothing for a terminal: write it to a file with weft get %s DIR, or redirect it", key, kind, key)
	}
	for {
		line, err := r.ReadString('\n')
		if line != "" {
			fields := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
			for i := range fields {
				fields[i] = clean(fields[i])
			}
			if werr := a.out.line("%s", strings.Join(fields, "\t")); werr != nil {
				return werr
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return whileReading(key, err)
		}
	}
}
