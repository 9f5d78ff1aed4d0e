using Google.Protobuf.Collections;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.History.Requests;
using Monorepo.Rpc;
using Monorepo.Storage;
using RefChangeMessage = Monorepo.Formats.Protos.RefChange;

namespace Monorepo.History.Ingest;

/// <summary>Makes stored commits visible: checks what the refs will name, peels tags, and changes all refs in one step.</summary>
internal static class RefPublisher
{
    /// <summary>Tags of tags of … something.</summary>
    private const int TagStepsMax = 64;

    /// <summary>Times another writer may be first before the caller is told.</summary>
    private const int AttemptsMax = 8;

    /// <returns>The ref-update log's offset afterwards.</returns>
    /// <exception cref="RpcException">INVALID_ARGUMENT, FAILED_PRECONDITION (a target is not here), or ABORTED (a ref is not where the caller thought).</exception>
    public static async Task<long> PublishAsync(
        IRepository repository, RepeatedField<RefChangeMessage> messages, string defaultBranch, CancellationToken cancellationToken)
    {
        RefName? branch = defaultBranch.Length == 0 ? null : ParseBranch(defaultBranch);
        List<RefChange> changes = Parse(messages);
        changes = await PeelAsync(repository, changes, cancellationToken);
        for (int attempt = 0; ; attempt++)
        {
            RefUpdateResult result = await repository.Refs.UpdateAsync(changes, branch, cancellationToken);
            if (result.Conflict is not { } conflict)
            {
                return result.Offset;
            }

            // A repeated message finds refs where it wanted them already: what is left to do may still fit.
            RefSnapshot now = await repository.Refs.ReadAsync(cancellationToken);
            Dictionary<RefName, ObjectId> current = now.Refs.ToDictionary(r => r.Name, r => r.Target);
            List<RefChange> rest = changes.FindAll(c => CurrentOf(c.Name) != c.Target);
            RefChange? blocked = rest.Cast<RefChange?>().FirstOrDefault(c => CurrentOf(c!.Value.Name) != c.Value.Expected);
            if (blocked is { } change || attempt == AttemptsMax)
            {
                change = blocked ?? rest.Find(c => c.Name == conflict);
                throw new RpcException(
                    RpcStatusCode.Aborted,
                    $"ref {change.Name} is at {Show(CurrentOf(change.Name))}, not at {Show(change.Expected)} as expected: another writer changed it. Fetch, look at the difference, and send again.");
            }

            changes = rest;

            ObjectId? CurrentOf(RefName name) => current.TryGetValue(name, out ObjectId target) ? target : null;
        }
    }

    private static string Show(ObjectId? target) => target?.ToString() ?? "no commit (absent)";

    private static RefName ParseBranch(string text) => RefName.TryParse(text, out RefName name) && name.IsBranch
        ? name
        : throw new RpcException(RpcStatusCode.InvalidArgument, $"the default branch '{text}' is not a full branch name such as refs/heads/main.");

    private static List<RefChange> Parse(RepeatedField<RefChangeMessage> messages)
    {
        if (messages.Count > IRefStore.ChangesMax)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"a message holds {messages.Count} ref changes, at most {IRefStore.ChangesMax} are allowed.");
        }

        HashSet<RefName> names = new(messages.Count);
        List<RefChange> changes = new(messages.Count);
        foreach (RefChangeMessage message in messages)
        {
            if (!RefName.TryParse(message.Name, out RefName name))
            {
                throw new RpcException(RpcStatusCode.InvalidArgument, $"'{message.Name}' is not a full ref name that git accepts, such as refs/heads/main.");
            }

            if (!names.Add(name))
            {
                throw new RpcException(RpcStatusCode.InvalidArgument, $"ref {name} stands twice in one message.");
            }

            changes.Add(new RefChange(
                name, RequestIds.ParseOrNone(message.OldTarget, "old_target"), RequestIds.ParseOrNone(message.NewTarget, "new_target")));
        }

        return changes;
    }

    /// <summary>Follows tags level by level, all refs at once, and checks that what they end at may be named.</summary>
    private static async Task<List<RefChange>> PeelAsync(IRepository repository, List<RefChange> changes, CancellationToken cancellationToken)
    {
        RefChange[] peeled = [.. changes];
        List<(int Index, ObjectId Id)> open = [.. changes.Select((c, i) => (i, c.Target)).Where(p => p.Target is not null).Select(p => (p.i, p.Target!.Value))];
        for (int step = 0; open.Count > 0; step++)
        {
            if (step == TagStepsMax)
            {
                throw new RpcException(RpcStatusCode.InvalidArgument, $"ref {changes[open[0].Index].Name} names a chain of more than {TagStepsMax} tags.");
            }

            List<(int Index, ObjectId Id)> next = [];
            foreach ((int Index, ObjectId Id)[] slice in open.Chunk(IObjectStore.IdsMax))
            {
                await PeelSliceAsync(repository, slice, peeled, next, cancellationToken);
            }

            open = next;
        }

        return [.. peeled];
    }

    private static async Task PeelSliceAsync(
        IRepository repository, (int Index, ObjectId Id)[] slice, RefChange[] changes, List<(int Index, ObjectId Id)> next, CancellationToken cancellationToken)
    {
        ObjectId[] ids = [.. slice.Select(s => s.Id)];
        IReadOnlyList<ObjectHeader?> headers = await repository.Objects.GetHeadersAsync(ids, cancellationToken);
        IReadOnlyList<long?> positions = await repository.History.FindAsync(ids, cancellationToken);
        List<int> tags = [];
        for (int i = 0; i < ids.Length; i++)
        {
            RefName name = changes[slice[i].Index].Name;
            ObjectKind kind = headers[i]?.Kind
                ?? throw new RpcException(RpcStatusCode.FailedPrecondition, $"ref {name} would name {ids[i]}, which is not stored; send the object first.");
            if (kind == ObjectKind.Commit && positions[i] is null)
            {
                throw new RpcException(RpcStatusCode.FailedPrecondition, $"ref {name} would name commit {ids[i]}, which is not in the log; append it first.");
            }

            if (kind != ObjectKind.Commit && name.IsBranch)
            {
                throw new RpcException(RpcStatusCode.InvalidArgument, $"branch {name} would name a {kind.ToName()}; branches name commits.");
            }

            if (kind == ObjectKind.Tag)
            {
                tags.Add(i);
            }
        }

        if (tags.Count == 0)
        {
            return;
        }

        ObjectId[] tagIds = [.. tags.Select(i => ids[i])];
        using ObjectBatch batch = await repository.Objects.GetAsync(tagIds, cancellationToken);
        for (int i = 0; i < tagIds.Length; i++)
        {
            ObjectId target = Tag.Parse(ObjectEnvelope.Decode(batch[i], out _)).Target;
            int index = slice[tags[i]].Index;
            changes[index] = changes[index] with { Peeled = target };
            next.Add((index, target));
        }
    }
}
