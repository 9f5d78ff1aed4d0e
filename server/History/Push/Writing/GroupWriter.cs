using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.History.Push.Closure;
using Monorepo.Storage;

namespace Monorepo.History.Push.Writing;

/// <summary>Makes decided pushes durable, in the order that is safe on any engine: objects, log, refs; each once for all of them.</summary>
internal static class GroupWriter
{
    /// <summary>Envelope bytes one put holds, when more than one object.</summary>
    private const long PutBytesTarget = 16 << 20;

    private const int PutObjectsMax = 8_192;

    /// <returns>One result for each push; null when the log has grown meanwhile and all must be decided again.</returns>
    public static async Task<IReadOnlyList<RefUpdateResult>?> WriteAsync(
        IRepository repository, GroupView view, IReadOnlyList<(PendingPush Pending, PushDecision Decision)> pushes, CancellationToken cancellationToken)
    {
        await PutAsync(repository.Objects, Objects(pushes), cancellationToken);
        if (view.Commits.Count > 0)
        {
            LogEntry[] entries = [.. view.Commits.Select(c => new LogEntry(c.Id, c.Commit.Body))];
            if (await repository.History.AppendAsync(view.Graph.Length, entries, cancellationToken) == AppendResult.LengthChanged)
            {
                return null;
            }
        }

        return await repository.Refs.UpdateManyAsync(
            [.. pushes.Select(p => new RefUpdateRequest(p.Decision.Changes, p.Decision.DefaultBranch))], cancellationToken);
    }

    /// <summary>Puts objects in batches of bounded size; one batch for what a group of usual pushes holds.</summary>
    public static async Task PutAsync(IObjectStore store, IEnumerable<NewObject> objects, CancellationToken cancellationToken)
    {
        List<NewObject> batch = [];
        long bytes = 0;
        foreach (NewObject item in objects)
        {
            if (batch.Count > 0 && (bytes + item.Envelope.Length > PutBytesTarget || batch.Count == PutObjectsMax))
            {
                await store.PutAsync(batch, cancellationToken);
                batch = [];
                bytes = 0;
            }

            batch.Add(item);
            bytes += item.Envelope.Length;
        }

        if (batch.Count > 0)
        {
            await store.PutAsync(batch, cancellationToken);
        }
    }

    private static IEnumerable<NewObject> Objects(IReadOnlyList<(PendingPush Pending, PushDecision Decision)> pushes)
    {
        HashSet<ObjectId> seen = [];
        foreach ((PendingPush pending, PushDecision decision) in pushes)
        {
            foreach (ObjectId id in decision.Objects.Where(seen.Add))
            {
                yield return pending.Push.Spool.ReadObject(id);
            }

            foreach ((ObjectId id, byte[] body) in decision.Trees.Where(t => seen.Add(t.Key)))
            {
                yield return new NewObject(id, ObjectEnvelope.Seal(ObjectKind.Tree, body));
            }

            foreach (NewCommit commit in decision.Commits.Where(c => seen.Add(c.Id)))
            {
                yield return new NewObject(commit.Id, ObjectEnvelope.Seal(ObjectKind.Commit, commit.Commit.Body.Span), ObjectLocality.OfKind(ObjectKind.Commit));
            }
        }
    }
}
