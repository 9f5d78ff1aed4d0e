using Monorepo.Core;

namespace Monorepo.Formats.History;

/// <summary>Shapes, parents, trees and times, read and checked.</summary>
internal sealed class GraphColumns
{
    private readonly ReadOnlyMemory<byte> _shapes;
    private readonly ReadOnlyMemory<byte> _treeIds;
    private readonly int[] _trees;
    private readonly int[] _parentStarts;
    private readonly long[] _parents;
    private readonly long[] _commitSeconds;
    private readonly long[] _authorSeconds;

    public GraphColumns(SegmentSource source)
    {
        int count = source.Header.Count;
        _shapes = ReadShapes(source, count);
        _parentStarts = new int[count + 1];
        _parents = ReadParents(source, count);
        _treeIds = source.Open(SegmentColumn.TreeIds);
        _trees = ReadTrees(source, count, _treeIds.Length);
        _commitSeconds = new long[count];
        _authorSeconds = new long[count];
        ReadTimes(source, count);
    }

    public CommitShape Shape(int index) => (CommitShape)_shapes.Span[index];

    public ReadOnlySpan<byte> Tree(int index) => _treeIds.Span.Slice(_trees[index] * ObjectId.Size, ObjectId.Size);

    public ReadOnlySpan<long> Parents(int index) => _parents.AsSpan(_parentStarts[index].._parentStarts[index + 1]);

    public long CommitSeconds(int index) => _commitSeconds[index];

    /// <summary>Meaningless for a raw commit.</summary>
    public long AuthorSeconds(int index) => _authorSeconds[index];

    private static ReadOnlyMemory<byte> ReadShapes(SegmentSource source, int count)
    {
        ReadOnlyMemory<byte> shapes = source.Open(SegmentColumn.Shapes);
        if (shapes.Length != count)
        {
            throw new CorruptSegmentException($"A segment has {shapes.Length} shapes for {count} commits.");
        }

        foreach (byte b in shapes.Span)
        {
            CommitShape shape = (CommitShape)b;
            bool isRaw = shape.HasAny(CommitShape.Raw);
            if (shape.HasAny(~CommitShape.All) || (isRaw && shape != CommitShape.Raw)
                || (shape & (CommitShape.HasNoMessage | CommitShape.HasPackedIds)) == (CommitShape.HasNoMessage | CommitShape.HasPackedIds))
            {
                throw new CorruptSegmentException($"A segment holds a commit of shape {b}, which there is none of.");
            }
        }

        return shapes;
    }

    private long[] ReadParents(SegmentSource source, int count)
    {
        ColumnReader column = source.Read(SegmentColumn.Parents);
        int max = source.Header.BodyBytes / SegmentFormat.ParentLineBytes;
        long position = source.Header.FirstPosition;
        List<long> parents = new(Math.Min(count + (count / 4), max));
        for (int i = 0; i < count; i++, position++)
        {
            bool isRaw = Shape(i) == CommitShape.Raw;
            for (int rest = column.ReadNumber(max - parents.Count); rest > 0; rest--)
            {
                ulong back = column.ReadNumber();
                if (back > (ulong)position || (back == 0 && !isRaw))
                {
                    throw column.Corrupt($"holds a parent {back} positions before {position}");
                }

                parents.Add(back == 0 ? -1 : position - (long)back);
            }

            _parentStarts[i + 1] = parents.Count;
        }

        column.ThrowIfNotAtEnd();
        return [.. parents];
    }

    private static int[] ReadTrees(SegmentSource source, int count, int idBytes)
    {
        ColumnReader column = source.Read(SegmentColumn.TreeReferences);
        int[] trees = new int[count];
        int fresh = 0;
        for (int i = 0; i < count; i++)
        {
            int back = column.ReadNumber(i);
            trees[i] = back == 0 ? fresh++ : trees[i - back];
        }

        column.ThrowIfNotAtEnd();
        return fresh * ObjectId.Size == idBytes
            ? trees
            : throw new CorruptSegmentException($"A segment has {fresh} trees in {idBytes} bytes.");
    }

    private void ReadTimes(SegmentSource source, int count)
    {
        ColumnReader column = source.Read(SegmentColumn.Times);
        long seconds = 0;
        for (int i = 0; i < count; i++)
        {
            seconds = column.ReadDifference(seconds);
            _commitSeconds[i] = seconds;
            _authorSeconds[i] = Shape(i).HasAny(CommitShape.SecondsDiffer) ? column.ReadDifference(seconds) : seconds;
        }

        column.ThrowIfNotAtEnd();
    }
}
