using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Remote;
using RefMove = Monorepo.Workspace.Clones.RefMove;

namespace Monorepo.Workspace.Pushing;

/// <summary>
/// Sends local commits and changes refs on the server, all of them or none. One round trip. Repeating a push whose answer was lost is safe: what
/// is there already is recognised by the server. Not thread-safe.
/// </summary>
/// <param name="clone">Stays the caller's.</param>
/// <param name="remote">Its repository.</param>
public sealed class Pusher(Clone clone, IRemoteRepository remote)
{
    /// <summary>Changes refs and records where they are. Commits that the server rebased are the caller's to take (<see cref="Landing"/>).</summary>
    /// <param name="pushes">At least one.</param>
    /// <param name="rebase">Whether the server may put commits on top of others'.</param>
    /// <param name="dryRun">Check everything, change nothing.</param>
    /// <param name="progress">Told after each batch of objects.</param>
    /// <param name="cancellationToken">Stops sending. The server may have taken the push even so.</param>
    /// <returns>One result for each push, in order. Where one is not good, none was made.</returns>
    /// <exception cref="RemoteException">The server can't be reached or refused the objects; nothing was changed unless the answer was lost.</exception>
    public async Task<IReadOnlyList<RefPushResult>> PushAsync(
        IReadOnlyList<RefPush> pushes, PushRebase rebase, bool dryRun, IProgress<PushProgress>? progress, CancellationToken cancellationToken)
    {
        PushHead head = new() { Repository = remote.Url.Name.Value, DryRun = dryRun };
        head.Updates.AddRange(pushes.Select(p => new PushUpdate
        {
            Name = p.Name.Value,
            OldTarget = ToBytes(p.Old),
            NewTarget = ToBytes(p.New),
            Rebase = rebase,
            Force = p.Force,
        }));
        PushStream stream = new(clone, head, pushes, progress);
        PushResponse response = await remote.PushAsync(stream.ReadAsync(cancellationToken), cancellationToken);
        if (response.Results.Count != pushes.Count)
        {
            throw new RemoteException(RemoteError.Broken, $"The server answered {response.Results.Count} of {pushes.Count} refs.");
        }

        List<RefPushResult> results = [.. response.Results.Zip(pushes, Read)];
        if (response.Accepted != results.TrueForAll(r => r.IsGood))
        {
            throw new RemoteException(RemoteError.Broken, "The server's answer to the push contradicts itself.");
        }

        if (response.Accepted && !dryRun)
        {
            Record(results);
        }

        return results;
    }

    private static ByteString ToBytes(ObjectId? id) => ByteString.CopyFrom((id ?? ObjectId.Null).AsSpan());

    private static RefPushResult Read(PushResult result, RefPush push)
    {
        try
        {
            ObjectId target = new(result.Target.Span);
            return new RefPushResult(
                push,
                result.Outcome,
                target.IsNull ? null : target,
                [.. result.Rebased.Select(r => (new ObjectId(r.OldId.Span), new ObjectId(r.NewId.Span)))],
                result.Message,
                [.. result.Conflicts.Select(c => c.ToByteArray())]);
        }
        catch (ArgumentException e)
        {
            throw new RemoteException(RemoteError.Broken, $"The server's answer to the push holds an id that is none: {e.Message}", e);
        }
    }

    // A ref that was rebased names a commit that is not here yet: the pull that brings it moves the ref.
    private void Record(List<RefPushResult> results)
    {
        List<RefMove> moves = [.. results.Where(r => r.Outcome != PushOutcome.Rebased && r.Push.Old != r.Target).Select(r => new RefMove(r.Push.Name, r.Push.Old, r.Target))];
        using CloneLock held = CloneLock.Take(clone.Paths);
        held.Publishes();
        if (moves.Count == 0)
        {
            return;
        }

        clone.Refresh();
        clone.SetServerRefs([.. moves.Where(m => m.New is not { } id || clone.History.Contains(id) || !m.Name.IsBranch)]);
    }
}
