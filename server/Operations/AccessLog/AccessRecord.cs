using Monorepo.Core;

namespace Monorepo.Operations.AccessLog;

/// <summary>One read of one object.</summary>
/// <param name="UnixMilliseconds">When it was answered.</param>
/// <param name="Repository">Whose object.</param>
/// <param name="Id">The object.</param>
/// <param name="Tier">Which tier had it, by the name it has in statistics.</param>
/// <param name="EnvelopeBytes">What was answered; 0: no tier had it.</param>
public readonly record struct AccessRecord(long UnixMilliseconds, RepositoryName Repository, ObjectId Id, string Tier, uint EnvelopeBytes);
