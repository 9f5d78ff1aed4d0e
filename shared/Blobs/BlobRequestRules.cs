using Monorepo.Core;

namespace Monorepo.Blobs;

/// <summary>What every implementation of <see cref="IBlobTransport"/> checks alike.</summary>
public static class BlobRequestRules
{
    /// <exception cref="ArgumentException">More ids than one request may have.</exception>
    public static void ThrowIfTooMany(int keys)
    {
        if (keys > BlobLimits.KeysPerRequestMax)
            throw new ArgumentException($"A request has at most {BlobLimits.KeysPerRequestMax} ids, not {keys}.", nameof(keys));
    }
}

/// <summary>Requests of any size over transports that bound theirs.</summary>
public static class BlobTransportExtensions
{
    /// <summary>
    /// Asks for all <paramref name="ids"/> in as many requests as it takes, one after the other, and asks again for what was deferred.
    /// Yields each found or missing id once per time it was asked. An envelope is valid until the next step of the enumeration.
    /// </summary>
    /// <exception cref="BlobTransportException">Also <see cref="BlobTransportError.Protocol"/> when a reply answers nothing.</exception>
    public static async IAsyncEnumerable<(ObjectId Id, BlobEntry Entry)> GetAllAsync(
        this IBlobTransport transport,
        RepositoryName repository,
        ReadOnlyMemory<ObjectId> ids,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ReadOnlyMemory<ObjectId> rest = ids;
        List<ObjectId> deferred = [];
        while (!rest.IsEmpty)
        {
            ReadOnlyMemory<ObjectId> asked = rest[..Math.Min(rest.Length, BlobLimits.KeysPerRequestMax)];
            rest = rest[asked.Length..];
            while (!asked.IsEmpty)
            {
                deferred.Clear();
                using BlobReply reply = await transport.GetAsync(repository, asked, cancellationToken);
                for (int i = 0; i < reply.Count; i++)
                {
                    if (reply.OutcomeAt(i) == BlobOutcome.Deferred)
                        deferred.Add(asked.Span[i]);
                    else
                        yield return (asked.Span[i], reply.Entries[i]);
                }

                if (deferred.Count == asked.Length)
                    throw new BlobTransportException(BlobTransportError.Protocol, "The server deferred every id asked.");
                asked = deferred.ToArray();
            }
        }
    }
}
