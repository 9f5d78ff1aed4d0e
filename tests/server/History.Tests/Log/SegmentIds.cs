using Monorepo.Core;
using Monorepo.Formats.History;

namespace Monorepo.History.Tests.Log;

/// <summary>The ids of a log as segments are verified one after the other.</summary>
internal readonly struct SegmentIds(List<ObjectId> ids) : ICommitIds, ISegmentVisitor
{
    public List<ObjectId> Ids => ids;

    public ObjectId GetId(long position) => ids[(int)position];

    public void Visit(in SegmentCommit commit) => ids.Add(commit.Id);
}
