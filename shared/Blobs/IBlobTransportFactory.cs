namespace Monorepo.Blobs;

/// <summary>Where a server offers blobs.</summary>
/// <param name="Transport">What is spoken there: "ucx"; others are for newer programs.</param>
/// <param name="Host">A name or an address, as the server wrote it: not checked.</param>
/// <param name="Port">Not checked.</param>
/// <param name="Token">Goes in the session's first message.</param>
public sealed record BlobAddress(string Transport, string Host, uint Port, ReadOnlyMemory<byte> Token);

/// <summary>Makes transports that only the program knows. Called at most once for each offer of an address.</summary>
public interface IBlobTransportFactory
{
    /// <summary>The transport, or null with a reason for people where this machine has none of that kind. Connecting may wait until the first call.</summary>
    IBlobTransport? TryCreate(BlobAddress address, out string? reason);
}
