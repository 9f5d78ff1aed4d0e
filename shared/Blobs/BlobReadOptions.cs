namespace Monorepo.Blobs;

/// <summary>How a request wants to be answered.</summary>
[Flags]
public enum BlobReadOptions
{
    /// <summary>From the first tier that has it, as it is there: the reader checks it.</summary>
    None = 0,

    /// <summary>
    /// Each tier checks what it has against the id; what does not match is removed there and the next tier is asked. For a reader who was given
    /// bytes that are not what their id says: he gets true ones, and nobody is given the bad ones again. Costs the server a decompression and a
    /// hash for each object, so it is for second attempts only.
    /// </summary>
    Verify = 1,
}
