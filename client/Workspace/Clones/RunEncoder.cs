using Monorepo.Core;
using Monorepo.Formats.History;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Clones;

/// <summary>Makes the segments that the clone keeps out of commit runs. Not thread-safe.</summary>
/// <param name="before">The log that the first run continues.</param>
internal sealed class RunEncoder(CommitLog before) : IParentPositions
{
    private readonly Dictionary<ObjectId, long> _positions = [];

    /// <exception cref="CorruptHistoryException">The bytes are no run of commits.</exception>
    public List<ReadOnlyMemory<byte>> Encode(CommitRun run)
    {
        try
        {
            List<ReadOnlyMemory<byte>> segments = [];
            long position = (long)run.Position;
            foreach (ReadOnlyMemory<byte>[] bodies in CommitRunCodec.Unpack(run).Chunk(SegmentFormat.CommitsPerSegment))
            {
                for (int i = 0; i < bodies.Length; i++)
                {
                    _positions[ObjectHasher.Hash(ObjectKind.Commit, bodies[i].Span)] = position + i;
                }

                segments.Add(SegmentEncoder.Encode(position, bodies, this, SegmentFormat.PassingLevel));
                position += bodies.Length;
            }

            return segments;
        }
        catch (Exception e) when (e is CorruptCommitRunException or MalformedObjectException or ArgumentException)
        {
            throw new CorruptHistoryException($"The server sent a damaged run of commits at position {run.Position}: {e.Message}", e);
        }
    }

    public long Find(in ObjectId id) => before.TryFind(id, out CommitNode node) ? node.Position : _positions.GetValueOrDefault(id, -1);
}
