using Monorepo.Core;

namespace Monorepo.Workspace.Shallow;

/// <summary>A commit of the server's log, with its place there.</summary>
/// <param name="Id">The hash of the body.</param>
/// <param name="Body">Its exact bytes.</param>
/// <param name="Position">In the server's log.</param>
/// <param name="ParentPositions">Of its parents there, in the commit's order; each is lower than its own.</param>
internal sealed record ShallowCommit(ObjectId Id, ReadOnlyMemory<byte> Body, long Position, IReadOnlyList<long> ParentPositions);
