using Monorepo.Core;

namespace Monorepo.Formats.History;

/// <summary>How each commit is written, read and checked.</summary>
internal sealed class ShapeColumn
{
    private readonly ReadOnlyMemory<byte> _shapes;

    public ShapeColumn(SegmentSource source)
    {
        _shapes = source.Open(SegmentColumn.Shapes);
        if (_shapes.Length != source.Header.Count)
        {
            throw new CorruptSegmentException($"A segment has {_shapes.Length} shapes for {source.Header.Count} commits.");
        }

        foreach (byte b in _shapes.Span)
        {
            CommitShape shape = (CommitShape)b;
            bool isRaw = shape.HasAny(CommitShape.Raw);
            if (shape.HasAny(~CommitShape.All) || (isRaw && shape != CommitShape.Raw)
                || (shape & (CommitShape.HasNoMessage | CommitShape.HasPackedIds)) == (CommitShape.HasNoMessage | CommitShape.HasPackedIds))
            {
                throw new CorruptSegmentException($"A segment holds a commit of shape {b}, which there is none of.");
            }
        }
    }

    public CommitShape this[int index] => (CommitShape)_shapes.Span[index];
}

/// <summary>Parents, read and checked.</summary>
internal sealed class ParentColumn
{
    private readonly int[] _starts;
    private readonly long[] _parents;

    public ParentColumn(SegmentSource source, ShapeColumn shapes)
    {
        int count = source.Header.Count;
        ColumnReader column = source.Read(SegmentColumn.Parents);
        int max = source.Header.BodyBytes / SegmentFormat.ParentLineBytes;
        long position = source.Header.FirstPosition;
        List<long> parents = new(Math.Min(count + (count / 4), max));
        _starts = new int[count + 1];
        for (int i = 0; i < count; i++, position++)
        {
            bool isRaw = shapes[i] == CommitShape.Raw;
            for (int rest = column.ReadNumber(max - parents.Count); rest > 0; rest--)
            {
                ulong back = column.ReadNumber();
                if (back > (ulong)position || (back == 0 && !isRaw))
                {
                    throw column.Corrupt($"holds a parent {back} positions before {position}");
                }

                parents.Add(back == 0 ? -1 : position - (long)back);
            }

            _starts[i + 1] = parents.Count;
        }

        column.ThrowIfNotAtEnd();
        _parents = [.. parents];
    }

    public ReadOnlySpan<long> this[int index] => _parents.AsSpan(_starts[index].._starts[index + 1]);
}

/// <summary>Ids of trees, read and checked.</summary>
internal sealed class TreeColumns
{
    private readonly ReadOnlyMemory<byte> _ids;
    private readonly int[] _trees;

    public TreeColumns(SegmentSource source)
    {
        _ids = source.Open(SegmentColumn.TreeIds);
        _trees = new int[source.Header.Count];
        ColumnReader column = source.Read(SegmentColumn.TreeReferences);
        int fresh = 0;
        for (int i = 0; i < _trees.Length; i++)
        {
            int back = column.ReadNumber(i);
            _trees[i] = back == 0 ? fresh++ : _trees[i - back];
        }

        column.ThrowIfNotAtEnd();
        if (fresh * ObjectId.Size != _ids.Length)
        {
            throw new CorruptSegmentException($"A segment has {fresh} trees in {_ids.Length} bytes.");
        }
    }

    public ReadOnlySpan<byte> this[int index] => _ids.Span.Slice(_trees[index] * ObjectId.Size, ObjectId.Size);
}

/// <summary>Times in seconds since 1970, read and checked.</summary>
internal sealed class TimeColumn
{
    private readonly long[] _commits;
    private readonly long[] _authors;

    public TimeColumn(SegmentSource source, ShapeColumn shapes)
    {
        ColumnReader column = source.Read(SegmentColumn.Times);
        _commits = new long[source.Header.Count];
        _authors = new long[_commits.Length];
        long seconds = 0;
        for (int i = 0; i < _commits.Length; i++)
        {
            seconds = column.ReadDifference(seconds);
            _commits[i] = seconds;
            _authors[i] = shapes[i].HasAny(CommitShape.SecondsDiffer) ? column.ReadDifference(seconds) : seconds;
        }

        column.ThrowIfNotAtEnd();
    }

    public long Commit(int index) => _commits[index];

    /// <summary>Meaningless for a raw commit.</summary>
    public long Author(int index) => _authors[index];
}
