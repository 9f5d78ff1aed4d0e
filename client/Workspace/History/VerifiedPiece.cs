using Monorepo.Core;
using Monorepo.Formats.History;

namespace Monorepo.Workspace.History;

/// <summary>A segment as it came, and what the graph needs of its commits, hashed. Every parent lies below its child.</summary>
internal sealed class VerifiedPiece
{
    private readonly ObjectId[] _ids;
    private readonly ObjectId[] _trees;
    private readonly long[] _seconds;
    private readonly int[] _parentStarts;
    private readonly int[] _parents;

    private VerifiedPiece(SegmentReader segment, ReadOnlyMemory<byte> bytes, Collector collector)
    {
        First = (int)segment.FirstPosition;
        Bytes = bytes;
        _ids = collector.Ids;
        _trees = collector.Trees;
        _seconds = collector.Seconds;
        _parentStarts = collector.ParentStarts;
        _parents = [.. collector.Parents];
    }

    /// <summary>The position of the first commit.</summary>
    public int First { get; }

    public int Count => _ids.Length;

    /// <summary>The segment.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Rebuilds and hashes every commit.</summary>
    /// <param name="segment">Opened over <paramref name="bytes"/>.</param>
    /// <param name="bytes">Kept.</param>
    /// <param name="ids">Of the commits before the segment.</param>
    /// <exception cref="CorruptHistoryException">The bytes are no segment, or a parent is not in the log.</exception>
    public static VerifiedPiece From<TIds>(SegmentReader segment, ReadOnlyMemory<byte> bytes, TIds ids)
        where TIds : ICommitIds
    {
        if (segment.Header.EndPosition > CommitGraph.CommitsMax)
        {
            throw new CorruptHistoryException($"A clone holds at most {CommitGraph.CommitsMax} commits.");
        }

        Collector collector = new(segment.Count);
        try
        {
            segment.Verify(ids, ref collector);
        }
        catch (CorruptSegmentException e)
        {
            throw new CorruptHistoryException($"The server sent damaged commits at position {segment.FirstPosition}: {e.Message}", e);
        }

        return new VerifiedPiece(segment, bytes, collector);
    }

    public ObjectId IdOf(int index) => _ids[index];

    /// <summary>The parents' positions in the commit's order.</summary>
    public ReadOnlySpan<int> ParentsOf(int index) => _parents.AsSpan(_parentStarts[index].._parentStarts[index + 1]);

    /// <summary>The commit's record in the graph.</summary>
    /// <param name="index">Of the commit in the piece.</param>
    /// <param name="parent2">As the record's field.</param>
    public CommitRecord RecordOf(int index, int parent2)
    {
        ReadOnlySpan<int> parents = ParentsOf(index);
        return new CommitRecord(_ids[index], _trees[index], _seconds[index], parents.IsEmpty ? CommitRecord.NoParent : parents[0], parent2);
    }

    private readonly struct Collector(int count) : ISegmentVisitor
    {
        public ObjectId[] Ids { get; } = new ObjectId[count];

        public ObjectId[] Trees { get; } = new ObjectId[count];

        public long[] Seconds { get; } = new long[count];

        public int[] ParentStarts { get; } = new int[count + 1];

        public List<int> Parents { get; } = new(count + (count / 4));

        public void Visit(in SegmentCommit commit)
        {
            Ids[commit.Index] = commit.Id;
            Trees[commit.Index] = commit.Tree;

            // Git reads a time before 1970 or none as 0.
            Seconds[commit.Index] = Math.Max(0, commit.CommitSeconds);
            foreach (long parent in commit.Parents)
            {
                if (parent < 0 || parent >= commit.Position)
                {
                    throw new CorruptHistoryException($"The server sent commit {commit.Id} before one of its parents.");
                }

                Parents.Add((int)parent);
            }

            ParentStarts[commit.Index + 1] = Parents.Count;
        }
    }
}
