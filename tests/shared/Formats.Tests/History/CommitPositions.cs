using Monorepo.Core;
using Monorepo.Formats.History;

namespace Monorepo.Formats.Tests.History;

/// <summary>Commits that a log holds, both ways.</summary>
internal sealed class CommitPositions : IParentPositions, ICommitIds
{
    private readonly Dictionary<ObjectId, long> _positions = [];
    private readonly Dictionary<long, ObjectId> _ids = [];

    public CommitPositions(IEnumerable<ObjectId> ids, long firstPosition = 0)
    {
        foreach (ObjectId id in ids)
        {
            Add(id, firstPosition++);
        }
    }

    public void Add(ObjectId id, long position)
    {
        _positions.TryAdd(id, position);
        _ids.Add(position, id);
    }

    public long Find(in ObjectId id) => _positions.TryGetValue(id, out long position) ? position : -1;

    public ObjectId GetId(long position) => _ids[position];
}

/// <summary>What a verified segment told about one commit.</summary>
internal sealed record SeenCommit(long Position, ObjectId Id, ObjectId Tree, long CommitSeconds, long[] Parents, byte[] Body);

internal readonly struct CommitCollector(List<SeenCommit> seen) : ISegmentVisitor
{
    public void Visit(in SegmentCommit commit) => seen.Add(
        new SeenCommit(commit.Position, commit.Id, commit.Tree, commit.CommitSeconds, commit.Parents.ToArray(), commit.Body.ToArray()));
}

internal static class Segments
{
    public static byte[] Encode(long position, IEnumerable<byte[]> bodies, IParentPositions parents, int level = SegmentFormat.PassingLevel) =>
        SegmentEncoder.Encode(position, [.. bodies.Select(static b => (ReadOnlyMemory<byte>)b)], parents, level);

    public static List<SeenCommit> Verify(ReadOnlyMemory<byte> segment, ICommitIds ids)
    {
        List<SeenCommit> seen = [];
        using SegmentReader reader = SegmentReader.Open(segment);
        CommitCollector collector = new(seen);
        reader.Verify(ids, ref collector);
        return seen;
    }
}
