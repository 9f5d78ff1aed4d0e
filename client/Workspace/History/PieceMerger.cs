using System.Buffers;
using Monorepo.Core;
using Monorepo.Formats.History;

namespace Monorepo.Workspace.History;

/// <summary>Encodes neighbouring pieces as fewer ones. The commits stay the same, byte for byte; so do their ids.</summary>
/// <param name="ids">Of every commit up to the last one merged.</param>
internal sealed class PieceMerger(ICommitIds ids)
{
    // Pieces of huge commits stay apart: merging holds all bodies in memory.
    private const long BodyBytesMax = 16 << 20;

    /// <param name="pieces">In order, without gaps.</param>
    /// <exception cref="CorruptSegmentException">One of them is damaged.</exception>
    public List<ReadOnlyMemory<byte>> Merge(IReadOnlyList<SegmentReader> pieces)
    {
        List<ReadOnlyMemory<byte>> merged = [];
        for (int i = 0; i < pieces.Count;)
        {
            int commits = 0;
            long bytes = 0;
            List<SegmentReader> group = [];
            while (i < pieces.Count && (group.Count == 0
                || (commits + pieces[i].Count <= SegmentFormat.CommitsPerSegment && bytes + pieces[i].Header.BodyBytes <= BodyBytesMax)))
            {
                commits += pieces[i].Count;
                bytes += pieces[i].Header.BodyBytes;
                group.Add(pieces[i++]);
            }

            merged.Add(Encode(group));
        }

        return merged;
    }

    private byte[] Encode(List<SegmentReader> group)
    {
        ArrayBufferWriter<byte> bodies = new();
        List<int> ends = [];
        Positions positions = new();
        foreach (SegmentReader piece in group)
        {
            for (int i = 0; i < piece.Count; i++)
            {
                piece.Rebuild(i, ids, bodies);
                ends.Add(bodies.WrittenCount);
                foreach (long parent in piece.GetParents(i))
                {
                    positions.Add(ids.GetId(parent), parent);
                }
            }
        }

        ReadOnlyMemory<byte>[] list = new ReadOnlyMemory<byte>[ends.Count];
        for (int i = 0; i < list.Length; i++)
        {
            list[i] = bodies.WrittenMemory[(i == 0 ? 0 : ends[i - 1])..ends[i]];
        }

        return SegmentEncoder.Encode(group[0].FirstPosition, list, positions, SegmentFormat.PassingLevel);
    }

    private sealed class Positions : IParentPositions
    {
        private readonly Dictionary<ObjectId, long> _positions = [];

        public void Add(ObjectId id, long position) => _positions[id] = position;

        public long Find(in ObjectId id) => _positions.TryGetValue(id, out long position) ? position : -1;
    }
}
