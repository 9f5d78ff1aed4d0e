namespace Monorepo.Formats.Dirstate;

/// <summary>Walks a base in order. Not thread-safe.</summary>
internal sealed class BaseCursor(DirstateBase files)
{
    private int _nextBlock;
    private ReadOnlyMemory<byte> _rest;

    /// <summary>The current entry.</summary>
    public EntryDecoder Entry { get; } = new();

    /// <exception cref="DirstateFormatException">The next block is damaged.</exception>
    public bool MoveNext()
    {
        bool isFirst = _rest.IsEmpty;
        if (isFirst)
        {
            if (_nextBlock == files.Blocks)
            {
                return false;
            }

            _rest = files.Block(_nextBlock++);
        }

        ReadOnlySpan<byte> span = _rest.Span;
        Entry.Read(ref span, sharesPath: !isFirst);
        if (Entry.Mode == Core.FileMode.None)
        {
            throw DirstateLayout.Damaged("a file has no mode");
        }

        _rest = _rest[^span.Length..];
        return true;
    }

    /// <summary>Moves to the first entry that is not before a path; false: there is none. Reads about one block for each halving of their number.</summary>
    /// <exception cref="DirstateFormatException">A block on the way is damaged.</exception>
    public bool Seek(ReadOnlySpan<byte> path)
    {
        if (!IsInBlock(path))
        {
            _nextBlock = FindBlock(path);
            _rest = default;
        }
        else if (Entry.Path.SequenceEqual(path))
        {
            return true;
        }

        while (MoveNext())
        {
            if (Entry.Path.SequenceCompareTo(path) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    // Whether the way on from the current entry to a path leads through no other block.
    private bool IsInBlock(ReadOnlySpan<byte> path) => _nextBlock > 0 && Entry.Path.SequenceCompareTo(path) <= 0
        && (_nextBlock == files.Blocks || EntryDecoder.FirstPath(files.Block(_nextBlock).Span).SequenceCompareTo(path) > 0);

    // The last block whose first path is not after this one.
    private int FindBlock(ReadOnlySpan<byte> path)
    {
        int low = 0;
        int high = files.Blocks - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (EntryDecoder.FirstPath(files.Block(middle).Span).SequenceCompareTo(path) <= 0)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return Math.Max(low, 0);
    }
}
