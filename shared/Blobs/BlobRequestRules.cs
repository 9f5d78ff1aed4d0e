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

/// <summary>The plain request, and requests of any size over transports that bound theirs.</summary>
public static class BlobTransportExtensions
{
    /// <summary>As <see cref="IBlobTransport.GetAsync"/> without options.</summary>
    public static ValueTask<BlobReply> GetAsync(
        this IBlobTransport transport, RepositoryName repository, ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transport);
        return transport.GetAsync(repository, ids, BlobReadOptions.None, cancellationToken);
    }

    /// <summary>As the other overload, without options.</summary>
    public static IAsyncEnumerable<(ObjectId Id, BlobEntry Entry)> GetAllAsync(
        this IBlobTransport transport, RepositoryName repository, ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken = default) =>
        transport.GetAllAsync(repository, ids, BlobReadOptions.None, cancellationToken);

    /// <summary>
    /// Asks for all <paramref name="ids"/> in as many requests as it takes, one after the other, and asks again for what was deferred.
    /// Yields each found or missing id once per time it was asked. An envelope is valid until the next step of the enumeration.
    /// </summary>
    /// <exception cref="BlobTransportException">Also <see cref="BlobTransportError.Protocol"/> when a reply answers nothing.</exception>
    public static async IAsyncEnumerable<(ObjectId Id, BlobEntry Entry)> GetAllAsync(
        this IBlobTransport transport,
        RepositoryName repository,
        ReadOnlyMemory<ObjectId> ids,
        BlobReadOptions options,
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
                using BlobReply reply = await transport.GetAsync(repository, asked, options, cancellationToken);
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
