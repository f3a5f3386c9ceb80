package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// actions is the table.
func actions() []action {
	return slices.Concat(going(), marking(), looking(), linking(), changing(), leaving(), moving(), sheetActions())
}

func moving() []action {
	walk := func(f func(w *window, total, height int)) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd { return m.move(f) }
	}
	return within(motions, []action{
		{name: "down", keys: []string{"j", "down"}, label: "down", about: "next row", run: walk(func(w *window, n, h int) { w.move(1, n, h) })},
		{name: "up", keys: []string{"k", "up"}, label: "up", about: "row before", run: walk(func(w *window, n, h int) { w.move(-1, n, h) })},
		{name: "top", keys: []string{"g g", "home"}, label: "top", about: "first row", run: walk(func(w *window, n, h int) { w.home(n, h) })},
		{name: "bottom", keys: []string{"G", "end"}, label: "bottom", about: "last row", run: walk(func(w *window, n, h int) { w.end(n, h) })},
		{name: "half-down", keys: []string{"ctrl+d"}, label: "half page", about: "half a page down", run: walk(func(w *window, n, h int) { w.halfPage(1, n, h) })},
		{name: "half-up", keys: []string{"ctrl+u"}, label: "half page", about: "half a page up", run: walk(func(w *window, n, h int) { w.halfPage(-1, n, h) })},
		{name: "page-down", keys: []string{"pgdown", "ctrl+f"}, label: "page", about: "a page down", run: walk(func(w *window, n, h int) { w.page(1, n, h) })},
		{name: "page-up", keys: []string{"pgup", "ctrl+b"}, label: "page", about: "a page up", run: walk(func(w *window, n, h int) { w.page(-1, n, h) })},
	})
}

func going() []action {
	all := []action{
		{name: "open", keys: []string{"l", "right", "enter"}, label: "open", about: "open the folder, or look closer at the object", run: (*Model).enter},
		{name: "parent", keys: []string{"h", "left", "backspace"}, label: "parent", about: "the folder above", run: (*Model).parent},
		{name: "next-pane", keys: []string{"tab"}, label: "pane", about: "next pane", run: func(m *Model) tea.Cmd { return m.focusNext(1) }},
		{name: "previous-pane", keys: []string{"shift+tab"}, label: "pane", about: "pane before", run: func(m *Model) tea.Cmd { return m.focusNext(-1) }},
		{name: "back", keys: []string{"["}, label: "back", about: "back to the place before", disabled: func(m *Model) string { return unless(len(m.past) > 0, "There is no place before this one") }, run: (*Model).back},
		{name: "forward", keys: []string{"]"}, label: "forward", about: "forward again", disabled: func(m *Model) string { return unless(len(m.future) > 0, "There is no place ahead of this one") }, run: (*Model).forward},
		{name: "go-path", keys: []string{"g p"}, label: "path", about: "go to a folder or an object by its path", disabled: needsStore, run: (*Model).askPath},
		{name: "go-buckets", keys: []string{"g b"}, label: "buckets", about: "open another bucket, or those of another profile; work here goes on", disabled: func(m *Model) string {
			return unless(m.parts.Stores != nil, "This interface was opened for one bucket only")
		}, run: (*Model).showStores},
		{name: "doctor", keys: []string{"g d"}, label: "doctor", about: "look whether all that weft needs is there and works", run: (*Model).callDoctor},
		{name: "fix-headers", keys: []string{"g t"}, label: "types", about: "find objects whose type is missing or not that of their bytes, and mend them", disabled: needsRow, run: (*Model).fixHeaders},
		{name: "check-results", keys: []string{"g o"}, label: "results as they stand", about: "find results of the pictures here that are stale, missing or without a source, and mend them", disabled: needsStore, run: (*Model).checkResults},
		{name: "go-source", keys: []string{"g s"}, label: "source", about: "go to the source of this result", disabled: needsObject, run: (*Model).goSource},
		{name: "go-results", keys: []string{"g r"}, label: "results", about: "go to the results of this source", disabled: needsObject, run: (*Model).goResults},
	}
	for i := range 5 {
		n := string(rune('1' + i))
		all = append(all, action{name: "folder-" + n, keys: []string{n}, label: "folder", about: "folder " + n + " of the five", run: func(m *Model) tea.Cmd { return m.visitFolder(i) }})
	}
	return within(browsing, all)
}

func needsFilter(m *Model) string {
	return unless(m.objects.filter != "", "There is no filter: / begins one")
}

func marking() []action {
	return within(browsing, []action{
		{name: "mark", keys: []string{"space"}, label: "mark", about: "mark the row and move down", disabled: needsRow, run: (*Model).mark},
		{name: "mark-range", keys: []string{"v"}, label: "range", about: "begin a range; v again marks it", disabled: needsRow, run: (*Model).markRange},
		{name: "mark-all", keys: []string{"a"}, label: "all", about: "mark all rows shown, or none", disabled: needsRow, run: (*Model).markAll},
		{name: "step-out", keys: []string{"esc"}, label: "clear", about: "stop loading, drop the range, the marks, the filter", run: (*Model).stepOut},
	})
}

func looking() []action {
	sortBy := func(s sorting) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd { return m.sort(s, false) }
	}
	return within(browsing, []action{
		{name: "filter", keys: []string{"/"}, label: "filter", about: "filter what is loaded; Enter on no hit asks the server for names that begin so", hint: 9, run: (*Model).startFilter},
		{name: "next-match", keys: []string{"n"}, label: "next", about: "next row that the filter holds", disabled: needsFilter, run: func(m *Model) tea.Cmd { return m.move(func(w *window, n, h int) { w.move(1, n, h) }) }},
		{name: "previous-match", keys: []string{"N"}, label: "before", about: "row before that the filter holds", disabled: needsFilter, run: func(m *Model) tea.Cmd { return m.move(func(w *window, n, h int) { w.move(-1, n, h) }) }},
		{name: "sort-name", keys: []string{"o n"}, label: "name", about: "sort by name", run: sortBy(byName)},
		{name: "sort-size", keys: []string{"o s"}, label: "size", about: "sort by size, largest first", run: sortBy(bySize)},
		{name: "sort-time", keys: []string{"o t"}, label: "time", about: "sort by time, newest first", run: sortBy(byTime)},
		{name: "sort-type", keys: []string{"o e"}, label: "type", about: "sort by type", run: sortBy(byType)},
		{name: "reverse", keys: []string{"O"}, label: "reverse", about: "reverse the order", run: func(m *Model) tea.Cmd {
			return m.sort(m.objects.sort, !m.objects.reverse)
		}},
		{name: "info", keys: []string{"i"}, label: "info", about: "everything known of the object: headers, tags, where it came from", disabled: needsObject, run: (*Model).showInfo},
		{name: "preview", keys: []string{"+"}, label: "bigger", about: "the picture on the whole screen", disabled: needsObject, run: (*Model).showPicture},
		{name: "deleted", keys: []string{"."}, label: "deleted", about: "show deleted objects, or hide them", disabled: needsStore, run: (*Model).toggleDeleted},
		{name: "bucket", keys: []string{"b"}, label: "bucket", about: "the bucket: how it is set up, who may do what, what it holds and costs", disabled: needsStore, run: (*Model).showPage},
		{name: "refresh", keys: []string{"R"}, label: "refresh", about: "list the folder again", run: (*Model).refresh},
		{name: "versions", keys: []string{"V"}, label: "versions", about: "versions of the object: restore, save or purge one", disabled: needsObject, run: (*Model).showVersions},
	})
}

func linking() []action {
	take := func(what string, f func(*Model, row) string) func(*Model) tea.Cmd {
		return func(m *Model) tea.Cmd { return m.take(what, f) }
	}
	return within(browsing, []action{
		{name: "share", keys: []string{"P"}, label: "link", about: "presigned links: for download or upload, how long, under which name; Enter at once copies", hint: 1, disabled: needsStore, run: (*Model).share},
		{name: "copy-link", keys: []string{"c p"}, label: "presigned link", about: "copy a presigned link", disabled: needsObjects, run: func(m *Model) tea.Cmd { return m.copyLink(false) }},
		{name: "copy-upload-link", keys: []string{"c u"}, label: "presigned upload", about: "copy a presigned upload link", disabled: needsStore, run: func(m *Model) tea.Cmd { return m.copyLink(true) }},
		{name: "copy-uri", keys: []string{"c c"}, label: "s3:// URI", about: "copy the s3:// URI", disabled: needsRow, run: take("URI", func(m *Model, r row) string { return m.session.Bucket.URI(r.Key) })},
		{name: "copy-key", keys: []string{"c k"}, label: "key", about: "copy the key", disabled: needsRow, run: take("key", func(_ *Model, r row) string { return r.Key })},
		{name: "copy-name", keys: []string{"c n"}, label: "name", about: "copy the name", disabled: needsRow, run: take("name", func(m *Model, r row) string { return m.objects.name(&r) })},
		{name: "copy-url", keys: []string{"c h"}, label: "https URL", about: "copy the plain https address", disabled: needsRow, run: take("URL", func(m *Model, r row) string { return m.session.Bucket.URL(r.Key) })},
		{name: "copy-markdown", keys: []string{"c m"}, label: "Markdown", about: "copy a presigned link as Markdown", disabled: needsObjects, run: (*Model).copyMarkdown},
		{name: "copy-statement", keys: []string{"c s"}, label: "IAM statement", about: "copy the entry of an IAM policy that allows what was refused here", disabled: func(m *Model) string {
			return unless(m.statement() != "", "Nothing is refused here")
		}, run: (*Model).copyStatement},
	})
}

func changing() []action {
	return within(browsing, []action{
		{name: "upload", keys: []string{"u"}, label: "upload", about: "upload files or folders to this folder", hint: 3, disabled: needsWrite, run: (*Model).upload},
		{name: "save", keys: []string{"s"}, label: "save", about: "save to the downloads folder of this machine", hint: 4, disabled: needsRow, run: (*Model).save},
		{name: "save-as", keys: []string{"S"}, label: "save as", about: "save to a folder that you name", disabled: needsRow, run: (*Model).saveAs},
		{name: "transform", keys: []string{"t"}, label: "transform", about: "run recipes over the images: choose, see the plan, run", hint: 2, disabled: needsWriteRow, run: (*Model).transform},
		{name: "transform-again", keys: []string{"T"}, label: "again", about: "run the last recipes over these images", disabled: func(m *Model) string {
			if len(m.last) == 0 {
				return "No recipe was run yet: press t to choose one"
			}
			return needsWriteRow(m)
		}, run: (*Model).transformAgain},
		{name: "split", keys: []string{"|"}, label: "split", about: "cut photos of several swatches into one picture of each: see what would be found, then run", disabled: needsWriteRow, run: (*Model).split},
		{name: "contact-sheet", keys: []string{"_"}, label: "sheet", about: "a contact sheet of the marked pictures, else of those shown: names and palettes on one page or several", disabled: needsWriteRow, run: (*Model).contactSheet},
		{name: "copy", keys: []string{"y"}, label: "copy", about: "take objects to copy", disabled: needsRow, run: func(m *Model) tea.Cmd { return m.clipRows(false) }},
		{name: "cut", keys: []string{"x"}, label: "cut", about: "take objects to move", disabled: needsWriteRow, run: func(m *Model) tea.Cmd { return m.clipRows(true) }},
		{name: "paste", keys: []string{"p"}, label: "paste", about: "copy or move what was taken into this folder", disabled: func(m *Model) string {
			if len(m.clip.rows.numbers) == 0 {
				return "Nothing to paste: y takes objects to copy, x to move"
			}
			return needsWrite(m)
		}, run: (*Model).pasteRows},
		{name: "rename", keys: []string{"r"}, label: "rename", about: "rename the object or the folder; with marks, all of them by a pattern", disabled: func(m *Model) string {
			if m.objects.deleted {
				return "These objects are deleted: U brings them back"
			}
			return needsWriteRow(m)
		}, run: (*Model).rename},
		{name: "delete", keys: []string{"d"}, label: "delete", about: "delete: where versions are kept, a delete marker that can be taken away again", hint: 5, disabled: needsWriteRow, run: (*Model).deleteRows},
		{name: "undelete", keys: []string{"U"}, label: "bring back", about: "bring deleted objects back (shown by .)", disabled: func(m *Model) string {
			if !m.objects.deleted {
				return "These objects are not deleted: . shows the deleted ones"
			}
			return needsWriteRow(m)
		}, run: (*Model).undeleteRows},
		{name: "purge", keys: []string{"D"}, label: "purge", about: "delete every version, for good", disabled: needsWriteRow, run: (*Model).purgeRows},
		{name: "undo", keys: []string{"z"}, label: "undo", about: "take back the last delete, move, rename, copy, upload or restore, of earlier days and of commands too", disabled: needsHistory, run: func(m *Model) tea.Cmd { return m.takeBack(false) }},
		{name: "redo", keys: []string{"Z"}, label: "redo", about: "do again what was undone last", disabled: needsHistory, run: func(m *Model) tea.Cmd { return m.takeBack(true) }},
	})
}

func leaving() []action {
	return within(browsing, []action{
		{name: "work", keys: []string{"w"}, label: "work", about: "the work: jobs with their progress", hint: 8, run: (*Model).showWork},
		{name: "log", keys: []string{"@"}, label: "log", about: "what was done, as the commands that do the same", run: (*Model).showLog},
		{name: "palette", keys: []string{":", "ctrl+p"}, label: "commands", about: "find any action by its name", hint: 10, run: (*Model).showPalette},
		{name: "help", keys: []string{"?", "f1"}, label: "help", about: "this help", hint: 11, run: (*Model).showHelp},
		{name: "redraw", keys: []string{"ctrl+l"}, label: "redraw", about: "draw the screen anew", run: func(*Model) tea.Cmd { return tea.ClearScreen }},
		{name: "quit", keys: []string{"q"}, label: "quit", about: "leave; work under way goes on without the interface", run: (*Model).quit},
	})
}
