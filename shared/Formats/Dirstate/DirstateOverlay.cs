using Monorepo.Core;

namespace Monorepo.Formats.Dirstate;

/// <summary>A changed or removed path, and the update that it is of.</summary>
internal sealed record OverlayEntry(DirstateEntry Entry, long Sequence)
{
    public ReadOnlySpan<byte> Path => Entry.Path.Span;

    public int ComparePath(ReadOnlySpan<byte> path) => Path.SequenceCompareTo(path);
}

/// <summary>What updates changed since the base was written: the newest entry of each path, ascending. Immutable.</summary>
/// <param name="Entries">Ascending by path.</param>
/// <param name="Bytes">Of the batches read.</param>
/// <param name="Tree">The newest batch's.</param>
/// <param name="Sequence">The newest batch's.</param>
internal sealed record DirstateOverlay(OverlayEntry[] Entries, long Bytes, ObjectId Tree, long Sequence)
{
    /// <summary>Takes in the batches that follow; a last one that is cut is left out.</summary>
    /// <exception cref="DirstateFormatException">Something is damaged that whole batches follow.</exception>
    public DirstateOverlay Append(ReadOnlySpan<byte> batches)
    {
        // Batches wait here until one of about their size comes, so that each entry is merged a few times, not once for each batch.
        Stack<OverlayEntry[]> waiting = new();
        int offset = 0;
        (ObjectId tree, long sequence) = (Tree, Sequence);
        while (DirstateBatch.TryRead(batches[offset..], out DirstateBatch.Content batch) && batch.Sequence == sequence + 1)
        {
            OverlayEntry[] run = batch.ReadEntries();
            while (waiting.TryPeek(out OverlayEntry[]? older) && older.Length <= run.Length * 2)
            {
                run = Merge(waiting.Pop(), run);
            }

            waiting.Push(run);
            (tree, sequence) = (batch.Tree, batch.Sequence);
            offset += DirstateBatch.HeaderBytes + batch.Payload.Length;
        }

        CheckTail(batches[offset..], sequence);
        if (offset == 0)
        {
            return this;
        }

        OverlayEntry[] all = [];
        while (waiting.TryPop(out OverlayEntry[]? older))
        {
            all = Merge(older, all);
        }

        return new DirstateOverlay(Merge(Entries, all), Bytes + offset, tree, sequence);
    }

    /// <summary>Where the first entry lies that is not before a path.</summary>
    public int Find(ReadOnlySpan<byte> path)
    {
        int low = 0;
        int high = Entries.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Entries[middle].ComparePath(path) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    // A writer cuts what a killed one left before it writes, so what whole batches follow was whole once.
    private static void CheckTail(ReadOnlySpan<byte> tail, long sequence)
    {
        for (; tail.Length > DirstateBatch.HeaderBytes; tail = tail[DirstateLayout.Alignment..])
        {
            if (DirstateBatch.TryRead(tail, out DirstateBatch.Content batch) && batch.Sequence > sequence)
            {
                throw DirstateLayout.Damaged($"update {sequence + 1} can't be read, though later ones can");
            }
        }
    }

    private static OverlayEntry[] Merge(OverlayEntry[] older, OverlayEntry[] newer)
    {
        if (older.Length == 0 || newer.Length == 0)
        {
            return older.Length == 0 ? newer : older;
        }

        List<OverlayEntry> merged = new(older.Length + newer.Length);
        int next = 0;
        foreach (OverlayEntry entry in newer)
        {
            int order;
            while (next < older.Length && (order = older[next].ComparePath(entry.Path)) <= 0)
            {
                if (order < 0)
                {
                    merged.Add(older[next]);
                }

                next++;
            }

            merged.Add(entry);
        }

        merged.AddRange(older.AsSpan(next));
        return [.. merged];
    }
}
